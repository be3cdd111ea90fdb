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

test('every call is of a team and a feature: the release’s own, else those of its route, else where it lives', async () => {
  const { spec, status } = store.get('ModelRoute', 'n', 'r')!;
  const put = async (route?: object, prompt?: object) => {
    store.put({
      kind: 'ModelRoute',
      metadata: { name: 'r', namespace: 'n' },
      spec: { ...spec, ...(route && { owner: route }) } as never,
    });
    await store.writeStatus(store.get('ModelRoute', 'n', 'r')!, status);
    store.put({
      kind: 'PromptRelease',
      metadata: { name: 't', namespace: 'n' },
      spec: { routeRef: { name: 'r' }, prompt: { messages: [] }, ...(prompt && { owner: prompt }) } as never,
    });
    const entry = found(compile());
    return [entry, entry.stable.route].map(({ team, feature }) => `${team}/${feature}`);
  };
  expect(await put()).toEqual(['n/t', 'n/r']);
  expect(await put({ team: 'platform', feature: 'chat' })).toEqual(['platform/t', 'platform/chat']);
  expect(await put({ team: 'platform' }, { team: 'care' })).toEqual(['care/t', 'platform/r']);
  expect(await put(undefined, { team: 'care', feature: 'triage' })).toEqual(['care/triage', 'n/r']);
});

test('a revision is compiled once, however often the table is', () => {
  const [first, second] = [found(compile()), found(compile())];
  expect(second.stable.render).toBe(first.stable.render);
});

test('a candidate in shadow has the share of calls that it gets a copy of', async () => {
  const owner = { kind: 'PromptRelease' as const, name: 't', uid: 'u' };
  const content = { routeRef: { name: 'r' }, prompt: { messages: [] } };
  await store.keepRevision({ name: 't-2', namespace: 'n', owner, number: 2, content });
  const traffic = [{ revision: 't-1', weight: 100 }];
  const status = { candidateRevision: 't-2', attempt: 2, traffic };
  await putPrompt('t-1', { ...status, shadow: { revision: 't-2', weight: 20 } });
  expect(found(compile())).toMatchObject({ shadow: true, weight: 20, candidate: { revision: 't-2' } });

  // A spec that breaks meanwhile keeps the settings of the last good one, not its shadow.
  store.put({
    kind: 'PromptRelease',
    metadata: { name: 't', namespace: 'n' },
    spec: 'nonsense' as never,
    invalid: 'spec: must be an object',
  });
  const now = {
    epoch: 1,
    stableRevision: 't-1',
    ...status,
    traffic: [...traffic, { revision: 't-2', weight: 5 }],
  };
  await store.writeStatus(store.get('PromptRelease', 'n', 't')!, now);
  expect(found(compile())).toMatchObject({ shadow: false, weight: 5 });
});

test("a backend's price is that of its model, and a new one applies at once", async () => {
  const priced = (pricesPerMillion?: object) => {
    store.put({
      kind: 'ModelProvider',
      metadata: { name: 'p', namespace: 'n' },
      spec: {
        dialect: 'OpenAI',
        baseURL: 'https://provider.example/v1',
        models: [{ name: 'model-of-r-1', ...(pricesPerMillion && { pricesPerMillion }) }],
      },
    });
    return found(compile()).stable.route.stable.backends[0]?.price;
  };
  expect(priced()).toBeUndefined();
  expect(priced({ input: '1', output: '2' })).toEqual({ input: 1, cachedInput: 1, output: 2 });
  expect(priced({ input: '1', output: '3' })).toMatchObject({ output: 3 });
  expect(priced({ output: '3' })).toBeUndefined();
});

describe('what a route has redacted', () => {
  const privacy = async (privacy: unknown, invalid?: string) => {
    const { spec, status } = store.get('ModelRoute', 'n', 'r')!;
    const metadata = { name: 'r', namespace: 'n' };
    store.put({
      kind: 'ModelRoute',
      metadata,
      spec: { ...spec, privacy } as never,
      ...(invalid && { invalid }),
    });
    await store.writeStatus(store.get('ModelRoute', 'n', 'r')!, status);
  };
  const finds = () => found(compile()).stable.route.privacy?.find([{ text: 'a@example.com' }]);

  test('is no matter of a rollout, and costs nothing where nothing is', async () => {
    expect(found(compile()).stable.route).not.toHaveProperty('privacy');
    await privacy({ redact: ['EMAIL'] });
    expect(finds()).toEqual([[{ kind: 'EMAIL', start: 0, end: 13 }]]);
    await privacy({ redact: [] });
    expect(found(compile()).stable.route).not.toHaveProperty('privacy');
  });

  test('goes on where the spec is broken, and is closed where it never was right', async () => {
    await privacy({ redact: ['EMAIL'] });
    expect(finds()).toHaveLength(1);
    await privacy({ redact: 'EMAIL' }, 'spec.privacy.redact: must be a list');
    expect(finds()).toHaveLength(1);
    compile = tableCompiler({ source: store, log: silentLog }).compile;
    expect(finds).toThrow('broken');
    // Another field than it may be the broken one.
    await privacy({ redact: ['EMAIL'] }, 'spec.cache: must be an object');
    compile = tableCompiler({ source: store, log: silentLog }).compile;
    expect(finds()).toHaveLength(1);
  });

  test('holds for a route that goes on as it was', async () => {
    expect(finds()).toBeUndefined();
    store.remove('ModelProvider', 'n', 'p');
    await privacy({ redact: ['EMAIL'] });
    expect(finds()).toHaveLength(1);
  });
});
