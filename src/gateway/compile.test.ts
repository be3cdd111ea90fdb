import type { ReleaseStatus } from '../api/status.ts';
import { type Log, silentLog } from '../lib/log.ts';
import { type MemoryStore, memoryStore } from '../store/memory.ts';
import { tableCompiler } from './compile.ts';
import type { PromptEntry, Table } from './table.ts';

let store: MemoryStore;
let compile: () => Table;
let said: string[];
beforeEach(async () => {
  store = memoryStore();
  said = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => void said.push(message) };
  compile = tableCompiler({ source: store, log }).compile;
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'p', namespace: 'n' },
    spec: { dialect: 'OpenAI', baseURL: 'https://provider.example/v1' },
  });
  await putRoute('r-1');
  await putPrompt('t-1');
});

const found = (table: Table) => table.find('n/t') as PromptEntry;
const modelOf = (table: Table) => found(table).stable.route.stable.backends[0]?.model;

async function putRoute(revision: string, status: ReleaseStatus = {}): Promise<void> {
  const backends = [{ name: 'b', providerRef: { name: 'p' }, model: `model-of-${revision}` }];
  await put('ModelRoute', 'r', revision, { backends }, { backends }, status);
}

async function putPrompt(revision: string, status: ReleaseStatus = {}): Promise<void> {
  const content = {
    routeRef: { name: 'r' },
    prompt: { messages: [{ role: 'system' as const, content: revision }] },
  };
  await put('PromptRelease', 't', revision, content, content, status);
}

async function put(
  kind: 'ModelRoute' | 'PromptRelease',
  name: string,
  revision: string,
  spec: never | object,
  content: never | object,
  status: ReleaseStatus,
): Promise<void> {
  const { metadata } = store.put({ kind, metadata: { name, namespace: 'n' }, spec: spec as never });
  const owner = { kind, name, uid: metadata.uid };
  await store.keepRevision({ name: revision, namespace: 'n', owner, number: 1, content: content as never });
  const resource = store.get(kind, 'n', name)!;
  await store.writeStatus(resource, { stableRevision: revision, attempt: 1, epoch: 1, ...status });
}

test('a release is served by the route as the route is now', async () => {
  expect(modelOf(compile())).toBe('model-of-r-1');
  await putRoute('r-2');
  expect(modelOf(compile())).toBe('model-of-r-2');
});

test.each([
  ['whose revision is missing', { stableRevision: 't-missing', attempt: 2, epoch: 1 }],
  ['whose status is of an older term', { stableRevision: 't-1', attempt: 2, epoch: 0 }],
])('a release %s goes on as it was, and still follows its route', async (_what, status) => {
  await putRoute('r-bad');
  compile();
  await store.writeStatus(store.get('PromptRelease', 'n', 't')!, status);
  expect(found(compile())).toMatchObject({ attempt: 1, stable: { revision: 't-1' } });
  // A rollback of the route is for everyone.
  await putRoute('r-1', { attempt: 2 });
  expect(modelOf(compile())).toBe('model-of-r-1');
  expect(found(compile()).stable.route.attempt).toBe(2);
});

test('a route that is gone serves its releases as it did, and that is said once', async () => {
  compile();
  store.remove('ModelRoute', 'n', 'r');
  compile();
  const table = compile();
  expect(modelOf(table)).toBe('model-of-r-1');
  expect(table.find('n/r')).toBeUndefined();
  expect(table.entries.size).toBe(2);
  expect(said).toEqual(['the route is gone and still serves its releases']);
});

test('a route whose provider is missing goes on as it was', async () => {
  compile();
  store.remove('ModelProvider', 'n', 'p');
  await putRoute('r-2');
  expect(modelOf(compile())).toBe('model-of-r-1');
  expect(said).toEqual(['served as before: its revision or a provider is missing']);
});

test('a spec that is broken keeps the settings of the last good one', async () => {
  store.put({
    kind: 'PromptRelease',
    metadata: { name: 't', namespace: 'n' },
    spec: {
      routeRef: { name: 'r' },
      prompt: { messages: [] },
      rollout: { rescue: false, stickyBy: { header: 'X-User' } },
    },
  });
  expect(found(compile())).toMatchObject({ rescue: false, stickyHeader: 'x-user' });
  store.put({
    kind: 'PromptRelease',
    metadata: { name: 't', namespace: 'n' },
    spec: 'nonsense' as never,
    invalid: 'spec: must be an object',
  });
  expect(found(compile())).toMatchObject({
    rescue: false,
    stickyHeader: 'x-user',
    stable: { revision: 't-1' },
  });
});

test('a revision is compiled once, however often the table is', () => {
  const [first, second] = [found(compile()), found(compile())];
  expect(second.stable.render).toBe(first.stable.render);
});
