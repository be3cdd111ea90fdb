import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type RunResult, run } from '../control-plane/run.ts';
import { helmProgram } from './helm.ts';

export const root = join(import.meta.dirname, '../..');
export const chart = join(root, 'charts/sluice');

/** An object as a manifest has it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** The objects of a file of YAML. */
export const objectsOf = (text: string): Manifest[] =>
  loadAll(text).filter((each) => each !== null && each !== undefined) as Manifest[];

/** Runs Helm to its end, whatever its exit code, with folders of its own. */
export async function helm(args: readonly string[], kubeconfig = '/nowhere'): Promise<RunResult> {
  const program = await helmProgram();
  const home = await mkdtemp(join(tmpdir(), 'sluice-helm-'));
  const folders = Object.fromEntries(['CACHE', 'CONFIG', 'DATA'].map((each) => [`HELM_${each}_HOME`, home]));
  try {
    return await run(program, args, { env: { ...process.env, ...folders, KUBECONFIG: kubeconfig } });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** As flags, values of any shape. */
export const values = (given: object): string[] =>
  Object.entries(given).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);

/** What the chart renders, as a release `sluice` in `sluice-system`; throws what Helm says against it. */
export async function rendered(given: object = {}, args: string[] = []): Promise<Manifest[]> {
  const all = ['template', 'sluice', chart, '--namespace', 'sluice-system', ...values(given), ...args];
  const { code, stdout, stderr } = await helm(all);
  if (code !== 0) throw new Error(`helm template: ${stderr}`);
  return objectsOf(stdout);
}

/** `Kind namespace/name`. */
export const titleOf = ({ kind, metadata }: Manifest): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
