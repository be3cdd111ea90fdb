import { setImmediate as turn } from 'node:timers/promises';
import { type Log, silentLog } from '../lib/log.ts';
import { type ProviderKeys, providerKeys } from './keys.ts';
import type { ProviderTarget, RouteEntry, Table } from './table.ts';

const provider: ProviderTarget = {
  namespace: 'support',
  name: 'sim',
  dialect: 'OpenAI',
  origin: 'https://one.example',
  basePath: '/v1',
  secret: { name: 'sim', key: 'key' },
};

function tableOf(target: ProviderTarget): Table {
  const stable = { revision: 'r', backends: [{ provider: target }] };
  const entry = { kind: 'ModelRoute', stable } as unknown as RouteEntry;
  return { find: () => entry, models: () => [], entries: new Map([['uid', entry]]) };
}

let value: string | undefined;
let said: string[];
let reads = 0;
let now = 0;
let keys: ProviderKeys;
beforeEach(() => {
  [value, reads, now] = ['old', 0, 1_000_000];
  said = [];
  const log = { ...silentLog, warn: (_: object, message: string) => said.push(message) } as Log;
  const secret = async () => {
    reads++;
    return value;
  };
  keys = providerKeys({ secret, secretRemedy: () => 'create it' }, log, () => now);
});
afterEach(() => keys.stop());

test('a key that was renewed is read again after the provider refused it, and not at each refusal', async () => {
  await keys.follow(tableOf(provider));
  expect(keys.keyFor(provider)).toBe('old');
  value = 'new';
  keys.refused(provider);
  await turn();
  expect([keys.keyFor(provider), reads]).toEqual(['old', 1]);
  now += 30_000;
  for (let n = 0; n < 5; n++) keys.refused(provider);
  await turn();
  expect([keys.keyFor(provider), reads]).toEqual(['new', 2]);
});

test('a key that cannot be found any more goes on serving', async () => {
  await keys.follow(tableOf(provider));
  value = undefined;
  now += 30_000;
  keys.refused(provider);
  await turn();
  expect([keys.keyFor(provider), reads]).toEqual(['old', 2]);
});

test.each(['', 'ne\nw', '\ufeffnew'])(
  'a key that cannot be sent is none, and said without its value: %j',
  async (bad) => {
    value = bad;
    await keys.follow(tableOf(provider));
    expect(keys.keyFor(provider)).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^its key (is empty|has a character .*); create it$/)]);
    value = 'new';
    now += 30_000;
    keys.refused(provider);
    await turn();
    expect(keys.keyFor(provider)).toBe('new');
    value = bad;
    now += 30_000;
    keys.refused(provider);
    await turn();
    expect(keys.keyFor(provider)).toBe('new');
  },
);

test('a key belongs to one host, and calls under way keep the one they began with', async () => {
  await keys.follow(tableOf(provider));
  const moved = { ...provider, origin: 'https://two.example' };
  expect(keys.keyFor(moved)).toBeUndefined();
  value = 'other';
  await keys.follow(tableOf(moved));
  expect([keys.keyFor(moved), keys.keyFor(provider)]).toEqual(['other', 'old']);
});
