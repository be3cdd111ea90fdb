import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { release } from '../cluster/stage.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { run } from '../control-plane/run.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { installPlugin } from './sluice.ts';

const source = join(import.meta.dirname, '../../src/cli');

let cluster: Cluster;
let folder: string;
let namespace: string;
beforeAll(async () => {
  folder = await installPlugin();
  await program('sluice', 'main.ts');
  await program('kubectl_complete-sluice', 'kubectl-complete-sluice.ts');
  cluster = await sharedControlPlane();
  namespace = await cluster.createNamespace('completion');
  for (const name of ['triage', 'summary']) {
    const input = JSON.stringify(release(name, 'good'));
    const { code, stderr } = await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { input });
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, main: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nNODE_OPTIONS= exec '${process.execPath}' '${join(source, main)}' "$@"\n`);
  await chmod(path, 0o755);
}

/** What kubectl's own completion offers for `kubectl sluice <words>`. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await cluster.kubectl(['__complete', 'sluice', ...words]);
  return stdout.trim().split('\n');
}

test('kubectl completes verbs, and the names of releases', async () => {
  expect(await offered('pro')).toEqual(['promote\tLets the candidate go to the next step now.', ':4']);
  expect(await offered('status', '-n', namespace, '')).toEqual(['summary', 'triage', ':4']);
  expect(await offered('status', '-n', namespace, 'prel/t')).toEqual(['prel/triage', ':4']);
  expect(await offered('status', '-n', namespace.slice(0, -2))).toEqual([namespace, ':4']);
  expect(await offered('get', '-o', '')).toEqual(['json', 'yaml', 'wide', ':4']);
  expect(await offered('diff', '-n', namespace, 'nobody', '')).toEqual(['stable', 'candidate', ':4']);
}, 60_000);

test('bash completes with what sluice prints', async () => {
  const line = ['sluice', 'status', '--kubeconfig', cluster.kubeconfig, '-n', namespace, 'tr'];
  const script = [
    'source <(sluice completion bash)',
    'compopt() { :; }',
    `COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${line.length - 1}`,
    'complete -p sluice; _sluice; echo "$COMPREPLY"',
  ];
  expect(await run('bash', ['--norc', '-c', script.join('\n')], { env: process.env })).toMatchObject({
    code: 0,
    stdout: 'complete -F _sluice sluice\ntriage\n',
    stderr: '',
  });
}, 60_000);
