import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, 'main.ts');

let folder: string;
let kubeconfig: string;
const taken = createServer();
let address: string;

beforeAll(async () => {
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'sluice-taken-'));
  kubeconfig = join(folder, 'kubeconfig');
  // Nobody answers there, and the programs would ask for ever.
  const cluster = { name: 'c', cluster: { server: 'http://127.0.0.1:1' } };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [cluster],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});
afterAll(async () => {
  taken.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the program to its end, and kills one that goes on. */
async function ended(args: string[]) {
  const all = [MAIN, ...args, '--log-level', 'silent'];
  const child = spawn(process.execPath, all, {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (piece: Buffer) => said.push(piece));
  const limit = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const [code] = await once(child, 'close');
  clearTimeout(limit);
  return { code, stderr: Buffer.concat(said).toString() };
}

test.each<[string, string[]]>([
  ['a gateway for callers', ['gateway', '--admin', '127.0.0.1:0', '--listen']],
  ['a gateway for the operator', ['gateway', '--listen', '127.0.0.1:0', '--admin']],
  ['an operator', ['operator', '--gateway', 'http://127.0.0.1:1', '--no-leader-elect', '--admin']],
  ['an evaluator', ['evaluator', '--no-leader-elect', '--admin']],
])('an address that is taken ends %s', async (_what, args) => {
  const { code, stderr } = await ended([...args, address, '--kubeconfig', kubeconfig]);
  expect(stderr).toMatch(/^error: listen EADDRINUSE.*\n$/);
  expect(code).toBe(1);
});

test.each<[string, string[], string]>([
  ['no kubeconfig', ['--kubeconfig', '/nowhere/config'], 'kubeconfig: '],
  ["no callers' file", ['--callers-file', '/nowhere/callers'], "the callers' file cannot be read: "],
  ['no folder for records', ['--record-file', '/nowhere/calls.jsonl'], 'ENOENT: '],
])('a gateway with a budget store and %s ends', async (_what, flags, why) => {
  const places = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--kubeconfig', kubeconfig];
  const { code, stderr } = await ended([
    'gateway',
    ...places,
    '--budget-store',
    `redis://${address}`,
    ...flags,
  ]);
  expect(stderr).toContain(`error: ${why}`);
  expect(code).toBe(1);
});
