import { homedir } from 'node:os';
import { request } from 'undici';
import { findBinaries } from './binaries.ts';
import { type Cluster, type ClusterAddress, clusterAt } from './cluster.ts';
import { run } from './run.ts';

/** The variable that tells test files where to ask for the shared control plane; set by Jest's global set-up. */
export const sharedUrlVariable = 'SLUICE_SHARED_CONTROL_PLANE';

let shared: Promise<Cluster> | undefined;

/**
 * The control plane that all test files of a run share, with the CRDs installed and an audit log. It starts when the
 * first of them asks, so leave some 30 s for that. With `SLUICE_TEST_KUBECONFIG` it is the cluster named there, which
 * has no audit log. Use namespaces of your own, and break nothing: for that, `startControlPlane` is there.
 */
export function sharedControlPlane(): Promise<Cluster> {
  shared ??= connect();
  return shared;
}

async function connect(): Promise<Cluster> {
  const given = process.env.SLUICE_TEST_KUBECONFIG;
  if (given) return givenCluster(given);
  return clusterAt(await askForAddress());
}

async function askForAddress(): Promise<ClusterAddress> {
  const url = process.env[sharedUrlVariable];
  if (!url) throw new Error('sharedControlPlane() works in tests of the Jest project `whole` only');
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new Error(await body.text());
  return (await body.json()) as ClusterAddress;
}

async function givenCluster(kubeconfig: string): Promise<Cluster> {
  // Who has a cluster has a kubectl, if not ours.
  const kubectl = await findBinaries().then(
    (binaries) => binaries.kubectl,
    () => 'kubectl',
  );
  const path = kubeconfig.replace(/^~/, homedir());
  const query = ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'];
  const { code, stdout, stderr } = await run(kubectl, ['--kubeconfig', path, ...query]);
  if (code !== 0) throw new Error(`SLUICE_TEST_KUBECONFIG: ${path} cannot be used: ${stderr.trim()}`);
  const cluster = clusterAt({ kubeconfig: path, url: stdout, kubectl });
  await cluster.installCRDs();
  return cluster;
}
