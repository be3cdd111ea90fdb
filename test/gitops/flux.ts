import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { judge } from './judge.ts';

/** What Flux takes an object to be; `Unknown` where an expression has no answer, and it asks again. */
export type FluxStatus = 'Current' | 'InProgress' | 'Failed' | 'Unknown';

interface Expressions {
  kind: string;
  inProgress: string;
  failed: string;
  current: string;
}

interface Live {
  kind: string;
  metadata: { generation?: number };
  status?: { observedGeneration?: number };
}

const FILE = join(import.meta.dirname, '../../config/flux/health-checks.yaml');

/** What Flux says of each object: the generation first, then the expressions in their order; none holds: in progress. */
export async function fluxStatusOf(objects: readonly object[]): Promise<FluxStatus[]> {
  const { spec } = load(await readFile(FILE, 'utf8')) as { spec: { healthCheckExprs: Expressions[] } };
  return Promise.all((objects as Live[]).map((object) => statusOf(object, spec.healthCheckExprs)));
}

/** What kstatus says of each object, which is what Flux goes by without expressions. */
export async function kstatusOf(objects: readonly object[]): Promise<string[]> {
  const answers = await judge<string>(objects.map((object) => ({ object })));
  return answers.map(({ result, error }) => result ?? error);
}

async function statusOf(object: Live, all: readonly Expressions[]): Promise<FluxStatus> {
  const observed = object.status?.observedGeneration;
  if (observed !== undefined && observed !== object.metadata.generation) return 'InProgress';
  const found = all.find(({ kind }) => kind === object.kind);
  if (found === undefined) throw new Error(`${FILE} has nothing for ${object.kind}`);
  const order = [found.inProgress, found.failed, found.current];
  const answers = await judge<boolean>(order.map((expression) => ({ object, expression })));
  for (const [index, status] of (['InProgress', 'Failed', 'Current'] as const).entries()) {
    if (answers[index]?.error !== undefined) return 'Unknown';
    if (answers[index]?.result === true) return status;
  }
  return 'InProgress';
}
