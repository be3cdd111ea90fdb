import type { Privacy } from '../api/privacy.ts';
import { silentLog } from '../lib/log.ts';
import { type MemoryStore, memoryStore } from '../store/memory.ts';
import { tableCompiler } from './compile.ts';
import type { PromptEntry, RouteEntry, Table } from './table.ts';

const BACKENDS = [
  { name: 'b', providerRef: { name: 'p' }, model: 'of-p' },
  { name: 'c', providerRef: { name: 'q' }, model: 'of-q' },
];
const REQUIRE: Privacy = { require: { training: false } };

let store: MemoryStore;
let compile: () => Table;
beforeEach(async () => {
  store = memoryStore();
  compile = tableCompiler({ source: store, log: silentLog }).compile;
  provider('p', { training: false });
  provider('q', { training: false });
  await route(REQUIRE, 'r-1');
  const prompt = { routeRef: { name: 'r' }, prompt: { messages: [] } };
  const { metadata } = store.put({
    kind: 'PromptRelease',
    metadata: { name: 't', namespace: 'n' },
    spec: prompt,
  });
  await store.keepRevision({
    name: 't-1',
    namespace: 'n',
    owner: { kind: 'PromptRelease', name: 't', uid: metadata.uid },
    number: 1,
    content: prompt,
  });
  const status = { stableRevision: 't-1', attempt: 1, epoch: 1 };
  await store.writeStatus(store.get('PromptRelease', 'n', 't')!, status);
  compile();
});

function provider(name: string, dataPolicy: object, invalid?: string): void {
  store.put({
    kind: 'ModelProvider',
    metadata: { name, namespace: 'n' },
    spec: { dialect: 'OpenAI', baseURL: 'https://provider.example/v1', dataPolicy },
    ...(invalid && { invalid }),
  });
}

/** A route with a privacy of its own, served in this revision; in none where that is left out. */
async function route(privacy: Privacy, revision?: string, invalid?: string): Promise<void> {
  const { metadata } = store.put({
    kind: 'ModelRoute',
    metadata: { name: 'r', namespace: 'n' },
    spec: { backends: BACKENDS, privacy },
    ...(invalid && { invalid }),
  });
  if (revision === undefined) return;
  const owner = { kind: 'ModelRoute' as const, name: 'r', uid: metadata.uid };
  if (store.revision('n', 'r-1') === undefined)
    await store.keepRevision({
      name: 'r-1',
      namespace: 'n',
      owner,
      number: 1,
      content: { backends: BACKENDS },
    });
  const status = { stableRevision: revision, attempt: 1, epoch: 1 };
  await store.writeStatus(store.get('ModelRoute', 'n', 'r')!, status);
}

const modelsOf = ({ stable }: RouteEntry) => stable.backends.map(({ model }) => model);
/** The route as it serves the prompt, which is as it serves by its own name where it has one. */
function served(): RouteEntry {
  const table = compile();
  const { route } = (table.find('n/t') as PromptEntry).stable;
  const own = table.find('n/r') as RouteEntry | undefined;
  if (own !== undefined) expect(own).toBe(route);
  expect(table.entries.get(route.uid)).toBe(route);
  return route;
}

/** Ways in which a route goes on as it was; `q` is left out of none of them. */
const CARRIED: [what: string, carry: () => Promise<void>][] = [
  ['whose other provider is gone', async () => store.remove('ModelProvider', 'n', 'q')],
  ['whose other provider is broken', async () => provider('q', { training: false }, 'spec.x: is unknown')],
  ['whose revision is missing', () => route(REQUIRE, 'r-missing')],
  [
    'whose status is of an older term',
    async () => {
      const status = { stableRevision: 'r-1', attempt: 9, epoch: 0 };
      await store.writeStatus(store.get('ModelRoute', 'n', 'r')!, status);
    },
  ],
];

describe.each(CARRIED)('a route %s', (_what, carry) => {
  beforeEach(async () => {
    await carry();
    expect(modelsOf(served())).toEqual(['of-p', 'of-q']);
  });
  /** The privacy of now, with the status left as it is. */
  const says = async (privacy: Privacy, invalid?: string) => {
    const { status } = store.get('ModelRoute', 'n', 'r')!;
    await route(privacy, undefined, invalid);
    await store.writeStatus(store.get('ModelRoute', 'n', 'r')!, status);
  };

  test('does not ask a provider that takes its promise back, and does once it is given again', () => {
    provider('p', { training: true });
    expect(modelsOf(served())).toEqual(['of-q']);
    expect(modelsOf(served())).toEqual(['of-q']);
    provider('p', { training: false });
    expect(modelsOf(served())).toEqual(['of-p', 'of-q']);
  });

  test('is held to what its spec requires and logs now', async () => {
    await says({ require: { regions: ['eu'] }, logContent: 'None' });
    expect(served()).toMatchObject({ logContent: 'None', required: { regions: ['eu'] } });
    expect(modelsOf(served())).toEqual([]);
    provider('p', { region: 'eu' });
    expect(modelsOf(served())).toEqual(['of-p']);
    await says({ logContent: 'Hash' });
    expect(served()).not.toHaveProperty('logContent');
    expect(served()).not.toHaveProperty('required');
    expect(modelsOf(served())).toEqual(['of-p', 'of-q']);
  });

  test('keeps what its spec said last where that is broken, and the promises of now', async () => {
    await says({ require: { training: 'x' }, logContent: 'Full' } as never, 'spec.privacy: is broken');
    expect(served()).toMatchObject({ required: { training: false } });
    expect(served()).not.toHaveProperty('logContent');
    provider('p', { training: true });
    expect(modelsOf(served())).toEqual(['of-q']);
  });
});

test('a route that is gone and still serves a prompt holds its providers to their promises of now', () => {
  store.remove('ModelRoute', 'n', 'r');
  expect(modelsOf(served())).toEqual(['of-p', 'of-q']);
  provider('p', { training: true });
  expect(modelsOf(served())).toEqual(['of-q']);
  provider('p', { training: false });
  // What it promised last is known of one that is gone, too.
  store.remove('ModelProvider', 'n', 'q');
  expect(modelsOf(served())).toEqual(['of-p', 'of-q']);
});

test('one that is there again and not served yet is held to what it says now', async () => {
  store.remove('ModelRoute', 'n', 'r');
  served();
  await route({ redact: ['EMAIL'], logContent: 'None', require: { regions: ['eu'] } });
  expect(served()).toMatchObject({ logContent: 'None', privacy: { action: 'Redact' } });
  expect(modelsOf(served())).toEqual([]);
});
