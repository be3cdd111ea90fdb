import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import { directoryStore } from './directory-store.ts';
import { parseObject } from './state-object.ts';

/** Writes statuses, revisions and Events without a pause, and tells of each status that was written. */
const WRITER = `
  import { directoryStore } from ${JSON.stringify(new URL('directory-store.ts', import.meta.url).href)};
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const [manifests, state] = process.argv.slice(1);
  const store = await directoryStore({ manifests, state, log });
  const padding = 'x'.repeat(2000);
  for (let resource = store.get('ModelRoute', 'n', 'r'); ; ) {
    const attempt = (resource.status.attempt ?? 0) + 1;
    const { name, namespace, uid } = resource.metadata;
    const owner = { kind: 'ModelRoute', name, uid };
    await store.keepRevision({ name: 'r-' + attempt, namespace, owner, number: attempt, content: { padding } });
    resource = await store.writeStatus(resource, { attempt, message: padding, evidence: String(attempt) });
    store.note({ kind: 'ModelRoute', namespace, name, uid, type: 'Normal', reason: 'Written', message: '' });
    process.stdout.write(attempt + '\\n');
  }
`;

/**
 * Runs the writer until it has told of `writes` statuses, kills it in mid-work, and gives the last it told of. All the
 * while its files are read: what a reader finds at some instant is what a kill at that instant leaves.
 */
async function writeUntilKilled(manifests: string, state: string, writes: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, manifests, state]);
  let told = '';
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  child.stdout.on('data', (chunk) => {
    told += chunk;
    if (told.split('\n').length > writes) child.kill('SIGKILL');
  });
  let ended = false;
  const closed = new Promise((resolve) => child.on('close', (_code, by) => resolve(by)));
  closed.finally(() => {
    ended = true;
  });
  try {
    while (!ended) {
      for (let look = 0; look < 50; look++) parseState(join(state, 'status/n/ModelRoute/r.yaml'));
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    child.kill('SIGKILL');
  }
  const signal = await closed;
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${complaint}`);
  return Number(told.trimEnd().split('\n').at(-1));
}

/** Throws for a file that is there in part. */
function parseState(path: string): void {
  if (existsSync(path)) parseObject(readFileSync(path, 'utf8'));
}

test('a process killed while it writes loses nothing it told of, and leaves no damage', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-kill-'));
  const [manifests, state] = [join(root, 'manifests'), join(root, 'state')];
  mkdirSync(manifests);
  const spec = 'spec: {backends: [{name: a, providerRef: {name: p}, model: m}]}';
  const head = 'apiVersion: sluice.dev/v1alpha1\nkind: ModelRoute\nmetadata: {name: r, namespace: "n"}\n';
  writeFileSync(join(manifests, 'r.yaml'), head + spec);
  const complaints: string[] = [];
  const complain = (_fields: object, message: string) => complaints.push(message);
  const log: Log = { debug() {}, info() {}, warn: complain, error: complain };
  let uid: string | undefined;
  try {
    for (const writes of [1, 2, 3, 5, 8, 13]) {
      const told = await writeUntilKilled(manifests, state, writes);
      const store = await directoryStore({ manifests, state, log });
      const { metadata, status } = store.get('ModelRoute', 'n', 'r')!;
      const revisions = store.revisions().length;
      await store.close();
      uid ??= metadata.uid;
      expect(metadata.uid).toBe(uid);
      expect(status.attempt).toBeGreaterThanOrEqual(told);
      expect(status.evidence).toBe(String(status.attempt));
      expect(revisions).toBeGreaterThanOrEqual(status.attempt!);
    }
    expect(complaints).toEqual([]);
    const left = readdirSync(state, { recursive: true }).map(String);
    expect(left.filter((name) => /\.(tmp|corrupt)$/.test(name))).toEqual([]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 60_000);
