import type { Revision } from '../../src/api/resource.ts';
import type { Cluster } from '../control-plane/cluster.ts';

const apiVersion = 'sluice.dev/v1alpha1';

export const release = (namespace: string, name: string, content = 'Triage.', metadata: object = {}) => ({
  apiVersion,
  kind: 'PromptRelease',
  metadata: { name, namespace, ...metadata },
  spec: {
    routeRef: { name: 'fast' },
    prompt: { messages: [{ role: 'system', content }] },
    parameters: { temperature: 0 },
  },
});

/** The revision of the release `uid` that says `content`. */
export const revisionOfRelease = (
  namespace: string,
  name: string,
  uid: string,
  content: string,
): Revision => ({
  name: `${name}-0123456789`,
  namespace,
  owner: { kind: 'PromptRelease', name, uid },
  number: 1,
  content: { prompt: { messages: [{ role: 'system', content }] }, routeRef: { name: 'fast' } },
});

/** Runs kubectl and returns what it says; throws where it fails. */
export async function kubectl(cluster: Cluster, args: string[], input?: object): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(
    args,
    input === undefined ? {} : { input: JSON.stringify(input) },
  );
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}
