import { readFile } from 'node:fs/promises';
import { type PriceList, priceOf, pricesNamedBy } from './price.ts';
import { loadPriceList, mayBeListed, PRICE_LIST_VERSION } from './price-list.ts';

let list: PriceList;
beforeAll(async () => {
  list = await loadPriceList(new Date('2026-09-23T00:00:00Z'));
});

const openai = 'https://api.openai.com/v1';

test('knows the models of a host', () => {
  expect(list.priceOf(openai, 'gpt-4o-mini')).toEqual({ input: 0.15, cachedInput: 0.075, output: 0.6 });
  expect(list.priceOf('https://api.anthropic.com/v1', 'gpt-4o-mini')).toBeUndefined();
  expect(list.priceOf(openai, 'no-such-model')).toBeUndefined();
});

test.each([
  'http://127.0.0.1:8080/v1',
  'http://api.openai.com/v1',
  'https://api.openai.com.example.org/v1',
  'https://example.org/api.openai.com',
  'https://example.org/x.googleapis.com',
  'https://llm.example.org/v1',
])('%s is nobody it knows', (baseURL) => {
  expect(list.priceOf(baseURL, 'gpt-4o-mini')).toBeUndefined();
  expect(list.priceOf(baseURL, 'gemini-2.5-pro')).toBeUndefined();
});

test('a price that grows with the call keeps its tiers', () => {
  const google = 'https://generativelanguage.googleapis.com/v1beta/openai';
  expect(list.priceOf(google, 'gemini-2.5-pro')).toEqual({
    input: 1.25,
    cachedInput: 0.125,
    output: 10,
    above: [{ inputTokens: 200_000, input: 2.5, cachedInput: 0.25, output: 15 }],
  });
});

test('a price that changes by the hour is not known, one that changed on a day is', async () => {
  expect(list.priceOf('https://api.deepseek.com', 'deepseek-chat')).toBeUndefined();
  const before = await loadPriceList(new Date('2025-06-01T00:00:00Z'));
  expect(before.priceOf(openai, 'o3')?.input).toBe(10);
  expect(list.priceOf(openai, 'o3')?.input).toBe(2);
});

test('a model whose answers are no tokens has a price of its input alone', () => {
  expect(list.priceOf(openai, 'text-embedding-3-small')).toEqual({ input: 0.02, cachedInput: 0.02 });
});

test('what the ModelProvider says comes first, and the list fills in what it leaves open', () => {
  const provider = (pricesPerMillion?: { input?: string; output?: string; cachedInput?: string }) => ({
    baseURL: openai,
    models: [{ name: 'gpt-4o-mini', ...(pricesPerMillion && { pricesPerMillion }) }],
  });
  expect(priceOf(provider(), 'gpt-4o-mini', list)?.input).toBe(0.15);
  expect(priceOf(provider({}), 'gpt-4o-mini', list)?.input).toBe(0.15);
  expect(priceOf(provider({ input: '9', output: '8' }), 'gpt-4o-mini', list)).toEqual({
    input: 9,
    cachedInput: 9,
    output: 8,
  });
  expect(priceOf(provider({ output: '8' }), 'gpt-4o-mini', list)).toEqual({
    input: 0.15,
    cachedInput: 0.075,
    output: 8,
  });
  expect(priceOf(provider({ output: '8' }), 'gpt-4o-mini')).toBeUndefined();
  expect(priceOf({ baseURL: openai }, 'gpt-4o', list)?.output).toBe(10);
});

describe('of a list with tiers', () => {
  const tiered: PriceList = {
    version: 'a list 1',
    priceOf: () => ({
      input: 1,
      cachedInput: 0.1,
      output: 10,
      above: [{ inputTokens: 200_000, input: 2, cachedInput: 0.2, output: 15 }],
    }),
  };
  const provider = (pricesPerMillion: object) => ({
    baseURL: openai,
    models: [{ name: 'm', pricesPerMillion }],
  });
  const of = (said: object) => [
    priceOf(provider(said), 'm', tiered),
    pricesNamedBy(provider(said), 'm', tiered),
  ];

  test('a price that leaves rates open keeps their tiers', () => {
    expect(of({ cacheWrite: '3' })).toEqual([
      {
        input: 1,
        cachedInput: 0.1,
        cacheWrite: 3,
        output: 10,
        above: [{ inputTokens: 200_000, input: 2, cachedInput: 0.2, cacheWrite: 3, output: 15 }],
      },
      'ModelProvider, a list 1',
    ]);
    expect(of({ output: '8' })).toEqual([
      {
        input: 1,
        cachedInput: 0.1,
        output: 8,
        above: [{ inputTokens: 200_000, input: 2, cachedInput: 0.2, output: 8 }],
      },
      'ModelProvider, a list 1',
    ]);
    expect(of({ input: '4' })[0]).toMatchObject({ above: [{ input: 4, cachedInput: 4, output: 15 }] });
  });

  test('one that leaves none open has none', () => {
    expect(of({ input: '4', output: '8' })).toEqual([
      { input: 4, cachedInput: 4, output: 8 },
      'ModelProvider',
    ]);
  });

  test('it says who names the price, and nothing where nobody does', () => {
    expect(of({})[1]).toBe('a list 1');
    expect(pricesNamedBy(provider({ output: '8' }), 'm')).toBeUndefined();
    expect(pricesNamedBy({}, 'm', tiered)).toBeUndefined();
  });
});

test('only what is spoken to over TLS may be listed', () => {
  expect(mayBeListed(openai)).toBe(true);
  expect(mayBeListed('http://api.openai.com/v1')).toBe(false);
});

test('says the version that is installed', async () => {
  const manifest = new URL('../../node_modules/@pydantic/genai-prices/package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  expect(PRICE_LIST_VERSION).toBe(`genai-prices ${version}`);
});
