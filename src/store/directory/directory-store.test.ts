import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import type { Resource, Revision } from '../../api/resource.ts';
import { type Log, silentLog } from '../../lib/log.ts';
import type { Change } from '../store.ts';
import { type DirectoryStore, directoryStore } from './directory-store.ts';
import { putVerb, removeVerb } from './inbox.ts';

const route = (name: string, model = 'm1', extra = '') => `apiVersion: sluice.dev/v1alpha1
kind: ModelRoute
metadata: {name: ${name}, namespace: "n"}
spec:
  backends:
    - {name: primary, providerRef: {name: p}, model: ${model}}
${extra}`;

let root: string;
let manifests: string;
let state: string;
let open: DirectoryStore[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  manifests = join(root, 'manifests');
  state = join(root, 'state');
  mkdirSync(manifests);
  open = [];
});
afterEach(async () => {
  for (const store of open) await store.close();
  rmSync(root, { recursive: true, force: true });
});

async function start(log: Log = silentLog, env: Record<string, string> = {}): Promise<DirectoryStore> {
  const pace = { debounceMs: 20, rescanMs: 200, absenceMs: 100 };
  const store = await directoryStore({ manifests, state, log, env, pace });
  open.push(store);
  return store;
}
async function stop(store: DirectoryStore): Promise<void> {
  open = open.filter((each) => each !== store);
  await store.close();
}
const write = (name: string, text: string) => writeFileSync(join(manifests, name), text);
const get = (store: DirectoryStore, name: string) => store.get('ModelRoute', 'n', name);
const modelOf = (resource: Resource<'ModelRoute'> | undefined) => resource?.spec.backends[0]?.model;

/** Resolves once `holds` does, looked at on each change. */
async function until(store: DirectoryStore, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const done = store.subscribe(() => {
      if (!holds()) return;
      done();
      resolve();
    });
  });
}

/** A log that keeps its lines, and lets a test wait for one. */
function keptLog(): Log & { lines: string[]; says(pattern: RegExp): Promise<void> } {
  const lines: string[] = [];
  let heard = () => {};
  const take = (_fields: object, message: string) => {
    lines.push(message);
    heard();
  };
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      heard = () => lines.some((line) => pattern.test(line)) && resolve();
      heard();
    });
  return { debug: () => {}, info: take, warn: take, error: take, lines, says };
}

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('reading', () => {
  test('folders are read with all below, several documents a file', async () => {
    mkdirSync(join(manifests, 'deep/er'), { recursive: true });
    write('a.yaml', `${route('one')}---\n${route('two')}`);
    write('deep/er/b.json', JSON.stringify(load(route('three'))));
    write('.hidden.yaml', route('hidden'));
    const store = await start();
    expect(store.list('ModelRoute').map((each) => each.metadata.name)).toEqual(['one', 'two', 'three']);
    expect(get(store, 'one')!.metadata).toMatchObject({ generation: 1, namespace: 'n', managers: [] });
    expect(store.specsAreFiles).toBe(true);
  });

  test('an annotation that was acted on is not shown again until it changes or was gone, over restarts too', async () => {
    const verb = 'sluice.dev/promote';
    const withVerb = (value: string) =>
      route('r').replace('namespace: "n"', `namespace: "n", annotations: {${verb}: ${value}, other: x}`);
    const shown = (store: DirectoryStore) => get(store, 'r')?.metadata.annotations;
    write('a.yaml', withVerb('one'));
    let store = await start();
    expect(shown(store)).toEqual({ [verb]: 'one', other: 'x' });
    await store.clearAnnotations(get(store, 'r')!, [verb]);
    expect(shown(store)).toEqual({ other: 'x' });
    await stop(store);
    store = await start();
    expect(shown(store)).toEqual({ other: 'x' });
    write('a.yaml', withVerb('two'));
    await until(store, () => shown(store)?.[verb] === 'two');
    await store.clearAnnotations(get(store, 'r')!, [verb]);
    write('a.yaml', route('r', 'm2'));
    await until(store, () => modelOf(get(store, 'r')) === 'm2');
    write('a.yaml', withVerb('two'));
    await until(store, () => shown(store)?.[verb] === 'two');
    expect(readFileSync(join(manifests, 'a.yaml'), 'utf8')).toBe(withVerb('two'));
  });

  test('a verb that a program asks for is seen as one from the inbox, and waits for the one before', async () => {
    write('a.yaml', route('r'));
    const store = await start();
    const asked = { 'sluice.dev/rollback-to': 'r-1', 'sluice.dev/by': 'me' };
    await store.annotate(get(store, 'r')!, asked);
    await expect(store.annotate(get(store, 'r')!, asked)).rejects.toMatchObject({ code: 'Conflict' });
    await until(store, () => get(store, 'r')?.metadata.annotations['sluice.dev/by'] === 'me');
    expect(get(store, 'r')?.metadata.annotations).toEqual(asked);
    await expect(store.annotate(get(store, 'r')!, asked)).rejects.toMatchObject({ code: 'Conflict' });
  });

  test('a verb in the inbox is shown as an annotation, and is gone once it was acted on', async () => {
    const verb = 'sluice.dev/promote';
    const r = { kind: 'ModelRoute', namespace: 'n', name: 'r' } as const;
    const asked = { [verb]: 'one', 'sluice.dev/by': 'jane' };
    const shown = (store: DirectoryStore) => get(store, 'r')?.metadata.annotations;
    const inbox = join(state, 'verbs');
    write('a.yaml', route('r'));
    let store = await start();
    // The same verb again is no repetition that may be left out: the first was acted on.
    for (let times = 0; times < 2; times++) {
      expect(await putVerb(state, r, asked)).toBe(true);
      expect(await putVerb(state, r, { [verb]: 'two' })).toBe(false);
      await until(store, () => shown(store)?.[verb] === 'one');
      expect(shown(store)).toEqual(asked);
      await store.clearAnnotations(get(store, 'r')!, Object.keys(asked));
      expect(shown(store)).toEqual({});
      expect(files(inbox)).toEqual([]);
    }

    await putVerb(state, r, asked);
    await until(store, () => shown(store)?.[verb] === 'one');
    await removeVerb(state, r);
    await putVerb(state, r, { [verb]: 'two' });
    const stale = get(store, 'r')!;
    if (shown(store)?.[verb] === 'one') await store.clearAnnotations(stale, Object.keys(asked));
    await until(store, () => shown(store)?.[verb] === 'two');
    await stop(store);
    store = await start();
    expect(shown(store)).toEqual({ [verb]: 'two' });
    write('a.yaml', route('r', 'm2'));
    await until(store, () => modelOf(get(store, 'r')) === 'm2');
    expect(shown(store)).toEqual({ [verb]: 'two' });
  });

  test('a damaged file in the inbox is set aside, and what is for nobody disturbs nobody', async () => {
    const inbox = join(state, 'verbs');
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, 'n.ModelRoute.r.json'), '{"annotations": 1}');
    writeFileSync(join(inbox, 'n.ModelRoute.gone.json'), '{"annotations": {"a": "b"}}');
    write('a.yaml', route('r'));
    const store = await start();
    expect(get(store, 'r')?.metadata.annotations).toEqual({});
    expect(files(inbox).map((path) => basename(path))).toEqual(
      expect.arrayContaining(['n.ModelRoute.gone.json', 'n.ModelRoute.r.json.corrupt']),
    );
  });

  test('an edit of the spec counts the generation up, one of an annotation only the version', async () => {
    write('a.yaml', route('r'));
    const store = await start();
    const first = get(store, 'r')!;
    write('a.yaml', route('r', 'm2'));
    await until(store, () => modelOf(get(store, 'r')) === 'm2');
    const second = get(store, 'r')!;
    expect(second.metadata).toMatchObject({ uid: first.metadata.uid, generation: 2 });
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    write(
      'a.yaml',
      route('r', 'm2').replace('namespace: "n"', 'namespace: "n", annotations: {sluice.dev/abort: x}'),
    );
    await until(store, () => get(store, 'r')!.metadata.annotations['sluice.dev/abort'] === 'x');
    expect(get(store, 'r')!.metadata.generation).toBe(2);
  });

  test('an editor that writes beside and renames is followed', async () => {
    write('a.yaml', route('r'));
    const store = await start();
    write('.a.yaml.swp', route('r', 'm2'));
    renameSync(join(manifests, '.a.yaml.swp'), join(manifests, 'a.yaml'));
    await until(store, () => modelOf(get(store, 'r')) === 'm2');
  });

  test('an object that its file no longer holds is deleted with its revisions; others stay', async () => {
    write('a.yaml', `${route('one')}---\n${route('two')}`);
    const store = await start();
    await store.keepRevision(revisionOf(get(store, 'two')!));
    write('a.yaml', route('one'));
    await until(store, () => get(store, 'two') === undefined && store.revisions().length === 0);
    expect(get(store, 'one')).toBeDefined();
    expect(files(join(state, 'status'))).toHaveLength(1);
    expect(files(join(state, 'revisions'))).toHaveLength(0);
  });

  test('an object that moves to another file stays itself', async () => {
    write('a.yaml', route('r'));
    const store = await start();
    const { uid } = get(store, 'r')!.metadata;
    const changes: Change[] = [];
    store.subscribe((change) => changes.push(change));
    renameSync(join(manifests, 'a.yaml'), join(manifests, 'z.yaml'));
    write('z.yaml', route('r', 'm2'));
    await until(store, () => modelOf(get(store, 'r')) === 'm2');
    expect(get(store, 'r')!.metadata.uid).toBe(uid);
  });

  test('two files of one object: the first by path is heard, and it is said', async () => {
    write('b.yaml', route('r', 'second'));
    write('a.yaml', route('r', 'first'));
    const log = keptLog();
    const store = await start(log);
    expect(modelOf(get(store, 'r'))).toBe('first');
    expect(log.lines).toEqual([
      'ModelRoute/n/r is in a.yaml and again in b.yaml: the first is used, remove the other',
    ]);
    rmSync(join(manifests, 'a.yaml'));
    await until(store, () => modelOf(get(store, 'r')) === 'second');
  });
});

describe('broken manifests', () => {
  test('a file that does not parse keeps the last good spec, and says where it is broken', async () => {
    write('a.yaml', `${route('one')}---\n${route('two')}`);
    const store = await start();
    write('a.yaml', `${route('one', 'm2')}---\n  kind: [\n`);
    await until(store, () => get(store, 'two')?.invalid !== undefined);
    for (const name of ['one', 'two']) {
      expect(get(store, name)).toMatchObject({
        metadata: { generation: 1 },
        invalid: expect.stringMatching(/^a\.yaml:\d+: /),
      });
      expect(modelOf(get(store, name))).toBe('m1');
    }
    write('a.yaml', `${route('one', 'm2')}---\n${route('two')}`);
    await until(store, () => modelOf(get(store, 'one')) === 'm2');
    await until(store, () => get(store, 'two')!.invalid === undefined);
  });

  test('a spec that fails the schema keeps the last good one; the others of the file go on', async () => {
    write('a.yaml', `${route('one')}---\n${route('two')}`);
    const store = await start();
    write('a.yaml', `${route('one', 'm2')}---\n${route('two', 'm2', '  cache: {ttl: soon}\n')}`);
    await until(store, () => get(store, 'two')?.invalid !== undefined);
    expect(get(store, 'two')!.invalid).toMatch(/^a\.yaml:14: spec\.cache\.ttl: must be a duration/);
    expect(modelOf(get(store, 'two'))).toBe('m1');
    expect(modelOf(get(store, 'one'))).toBe('m2');
  });

  test('the last good spec outlives a restart over a broken file', async () => {
    write('a.yaml', route('r'));
    const first = await start();
    const { uid } = get(first, 'r')!.metadata;
    await stop(first);
    write('a.yaml', 'kind: [\n');
    const second = await start();
    expect(get(second, 'r')).toMatchObject({
      metadata: { uid, generation: 1 },
      invalid: expect.stringMatching(/^a\.yaml:/),
    });
    expect(modelOf(get(second, 'r'))).toBe('m1');
  });

  test('a spec that never was good is shown with what is wrong, also after a restart', async () => {
    write('a.yaml', route('r', 'm', '  cache: {}\n'));
    const first = await start();
    expect(get(first, 'r')!.invalid).toContain('spec.cache.ttl');
    await stop(first);
    const second = await start();
    expect(get(second, 'r')).toMatchObject({
      metadata: { generation: 1 },
      invalid: expect.stringMatching(/spec\.cache\.ttl/),
    });
  });

  test('a half-written file does not let a double of its object step in', async () => {
    write('a.yaml', route('r', 'first'));
    write('b.yaml', route('r', 'second'));
    const store = await start();
    write('a.yaml', 'kind: [\n');
    await until(store, () => get(store, 'r')?.invalid !== undefined);
    expect(modelOf(get(store, 'r'))).toBe('first');
  });

  test('a folder that is gone takes nothing with it', async () => {
    write('a.yaml', route('r'));
    const log = keptLog();
    const store = await start(log);
    renameSync(manifests, `${manifests}.away`);
    await log.says(/cannot be read/);
    expect(get(store, 'r')).toBeDefined();
    renameSync(`${manifests}.away`, manifests);
    write('a.yaml', route('r', 'm2'));
    await until(store, () => modelOf(get(store, 'r')) === 'm2');
  });
});

describe('state', () => {
  const status = { phase: 'Healthy', stableRevision: 'r-0123456789', observedGeneration: 1 } as const;

  test('uid, status and revisions outlive a restart, and the epoch grows', async () => {
    write('a.yaml', route('r'));
    const first = await start();
    const before = await first.writeStatus(get(first, 'r')!, { ...status });
    const revision = revisionOf(before);
    await first.keepRevision(revision);
    await stop(first);
    const second = await start();
    expect(get(second, 'r')).toEqual(before);
    expect(second.revisions({ kind: 'ModelRoute', namespace: 'n', name: 'r' })).toEqual([revision]);
    expect(second.revision('n', revision.name)).toEqual(revision);
    expect(second.epoch()).toBe(first.epoch() + 1);
  });

  test('a spec edited while nothing ran counts the generation up', async () => {
    write('a.yaml', route('r'));
    await stop(await start());
    write('a.yaml', route('r', 'm2'));
    expect(get(await start(), 'r')!.metadata.generation).toBe(2);
  });

  test('the status file reads as the object', async () => {
    write('a.yaml', route('r'));
    const store = await start();
    await store.writeStatus(get(store, 'r')!, { ...status });
    const file = load(readFileSync(join(state, 'status/n/ModelRoute/r.yaml'), 'utf8'));
    expect(file).toMatchObject({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'ModelRoute',
      metadata: { name: 'r' },
      status,
    });
    const revision = revisionOf(get(store, 'r')!);
    await store.keepRevision(revision);
    expect(load(readFileSync(join(state, `revisions/n/${revision.name}.yaml`), 'utf8'))).toMatchObject({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { ownerReferences: [{ kind: 'ModelRoute', name: 'r' }] },
      revision: 1,
    });
  });

  test('a write on an older state of the object is refused', async () => {
    write('a.yaml', route('r'));
    const store = await start();
    const old = get(store, 'r')!;
    await store.writeStatus(old, { ...status });
    await expect(store.writeStatus(old, { phase: 'Paused' })).rejects.toMatchObject({ code: 'Conflict' });
    const gone = { ...old, metadata: { ...old.metadata, name: 'gone' } };
    await expect(store.writeStatus(gone, {})).rejects.toMatchObject({ code: 'NotFound' });
    expect(get(store, 'r')!.status).toEqual(status);
  });

  test('nothing is written where nothing changed', async () => {
    write('a.yaml', route('r'));
    const first = await start();
    const kept = await first.writeStatus(get(first, 'r')!, { ...status });
    const path = join(state, 'status/n/ModelRoute/r.yaml');
    const { ino } = statSync(path);
    expect(await first.writeStatus(kept, { ...status })).toBe(kept);
    await stop(first);
    await start();
    expect(statSync(path).ino).toBe(ino);
  });

  test('a damaged state file is set aside; that object goes on as new, the others as they were', async () => {
    write('a.yaml', `${route('one')}---\n${route('two')}`);
    const first = await start();
    const one = get(first, 'one')!;
    const two = await first.writeStatus(get(first, 'two')!, { ...status });
    await stop(first);
    writeFileSync(join(state, 'status/n/ModelRoute/one.yaml'), 'apiVersion: sluice.dev/v1alpha1\nkind: Mod');
    writeFileSync(join(state, 'epoch'), 'x');
    const log = keptLog();
    const second = await start(log);
    expect(log.lines).toEqual([expect.stringContaining('damaged')]);
    expect(get(second, 'one')!.metadata.uid).not.toBe(one.metadata.uid);
    expect(get(second, 'two')).toEqual(two);
    expect(files(join(state, 'status')).filter((path) => path.endsWith('.corrupt'))).toHaveLength(1);
  });

  test('the epoch never falls below one that a status carries', async () => {
    write('a.yaml', route('r'));
    const first = await start();
    await first.writeStatus(get(first, 'r')!, { epoch: 7 });
    await stop(first);
    rmSync(join(state, 'epoch'));
    expect((await start()).epoch()).toBe(8);
  });

  test('one state folder serves one store', async () => {
    await start();
    await expect(start()).rejects.toThrow('in use');
  });
});

describe('what a cluster would hold', () => {
  test('a Secret is an environment variable, and the remedy names it', async () => {
    const store = await start(silentLog, { SLUICE_SECRET_TEAM_A_OPEN_AI_API_KEY: 's3cret' });
    expect(await store.secret('team-a', 'open.ai', 'api-key')).toBe('s3cret');
    expect(await store.secret('team-a', 'other', 'key')).toBeUndefined();
    expect(store.secretRemedy('team-a', 'other', 'key')).toContain('SLUICE_SECRET_TEAM_A_OTHER_KEY');
  });

  test('a ConfigMap that changes announces the releases that take their prompt from it', async () => {
    const map = (text: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: "n"}\ndata: {prompt: "${text}"}\n`;
    const release = `apiVersion: sluice.dev/v1alpha1
kind: PromptRelease
metadata: {name: rel, namespace: "n"}
spec:
  routeRef: {name: r}
  promptFrom: {configMapKeyRef: {name: c, key: prompt}}
`;
    write('a.yaml', release);
    write('b.yaml', map('one'));
    const store = await start();
    expect(await store.configMap('n', 'c', 'prompt')).toBe('one');
    const announced = new Promise<Change>((resolve) => store.subscribe(resolve));
    write('b.yaml', map('two'));
    expect(await announced).toEqual({ kind: 'PromptRelease', namespace: 'n', name: 'rel' });
    expect(await store.configMap('n', 'c', 'prompt')).toBe('two');
  });

  test('putting fields of the spec back rewrites the file, and the old one is kept', async () => {
    const text = `# ours\n${route('one')}---\n${route('two')}`;
    write('a.yaml', text);
    const store = await start();
    const before = get(store, 'one')!;
    const backends = [{ name: 'primary', providerRef: { name: 'p' }, model: 'm0' }];
    const after = await store.writeSpecFields(before, { backends });
    expect(modelOf(after)).toBe('m0');
    expect(after.metadata).toMatchObject({ uid: before.metadata.uid, generation: 2 });
    expect(readFileSync(join(manifests, 'a.yaml'), 'utf8').endsWith(`---\n${route('two')}`)).toBe(true);
    const [backup] = files(join(state, 'backups'));
    expect(readFileSync(backup!, 'utf8')).toBe(text);
    await expect(store.writeSpecFields(before, { backends })).rejects.toMatchObject({ code: 'Conflict' });
  });
});

test('a listener that throws stops nobody', async () => {
  write('a.yaml', route('r'));
  const log = keptLog();
  const store = await start(log);
  store.subscribe(() => {
    throw new Error('mine');
  });
  const changes: Change[] = [];
  store.subscribe((change) => changes.push(change));
  await store.writeStatus(get(store, 'r')!, { phase: 'Pending' });
  expect(changes).toEqual([{ kind: 'ModelRoute', namespace: 'n', name: 'r' }]);
  expect(log.lines).toEqual(['a listener of the store failed']);
});

function revisionOf({ metadata }: Resource<'ModelRoute'>): Revision {
  const { name, namespace, uid } = metadata;
  const content = { backends: [{ name: 'primary', providerRef: { name: 'p' }, model: 'm1' }] };
  return {
    name: `${name}-0123456789`,
    namespace,
    owner: { kind: 'ModelRoute', name, uid },
    number: 1,
    content,
  };
}
