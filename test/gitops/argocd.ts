import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { judge } from './judge.ts';

export const ARGOCD_CM = join(import.meta.dirname, '../../config/argocd/argocd-cm.yaml');

export interface Health {
  status: string;
  message: string;
}

interface Actions {
  'discovery.lua': string;
  definitions: { name: string; 'action.lua': string }[];
}

interface Live {
  kind: string;
  metadata: object;
}

/** What Argo CD says of each object, by the scripts for its kind in `argocd-cm.yaml`. */
export async function healthOf(objects: readonly object[]): Promise<(Health | string)[]> {
  const data = await argocdCm();
  const asked = (objects as Live[]).map((object) => ({ object, lua: scriptFor(data, 'health', object) }));
  return (await judge<Health>(asked)).map((each) => each.error ?? each.result);
}

/** Which actions Argo CD offers on each object now. */
export async function offered(objects: readonly object[]): Promise<string[][]> {
  const data = await argocdCm();
  const asked = (objects as Live[]).map((object) => ({
    object,
    lua: actionsFor(data, object)['discovery.lua'],
  }));
  const answers = await judge<Record<string, { disabled: boolean }>>(asked);
  return answers.map(({ error, result }) => {
    if (error !== undefined) throw new Error(error);
    return Object.keys(result).filter((name) => !result[name]?.disabled);
  });
}

/** What an action makes of an object: `metadata.annotations`, which is all that it may change. */
export async function act(name: string, object: object): Promise<Record<string, string>> {
  const found = actionsFor(await argocdCm(), object as Live).definitions.find((each) => each.name === name);
  if (found === undefined) throw new Error(`argocd-cm.yaml has no action ${name}`);
  const [answer] = await judge<Live & { metadata: { annotations?: Record<string, string> } }>([
    { object, lua: found['action.lua'] },
  ]);
  if (answer?.result === undefined) throw new Error(`${name}: ${answer?.error}`);
  const { annotations = {}, ...metadata } = answer.result.metadata;
  const before = object as Live & { metadata: { annotations?: object } };
  const { annotations: _, ...metadataBefore } = before.metadata;
  // Lua has one kind of table, so that an empty object comes back as an empty list, which Argo CD undoes likewise.
  const plain = (value: unknown) => JSON.stringify(sorted(value)).replaceAll('[]', '{}');
  const [made, given] = [
    plain({ ...answer.result, metadata }),
    plain({ ...before, metadata: metadataBefore }),
  ];
  if (made !== given) throw new Error(`${name} changes more than annotations: ${made}, before ${given}`);
  return annotations;
}

async function argocdCm(): Promise<Record<string, string>> {
  return (load(await readFile(ARGOCD_CM, 'utf8')) as { data: Record<string, string> }).data;
}

function scriptFor(data: Record<string, string>, what: 'health' | 'actions', { kind }: Live): string {
  const script = data[`resource.customizations.${what}.sluice.dev_${kind}`];
  if (script === undefined) throw new Error(`argocd-cm.yaml has no ${what} of ${kind}`);
  return script;
}

const actionsFor = (data: Record<string, string>, object: Live): Actions =>
  load(scriptFor(data, 'actions', object)) as Actions;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
