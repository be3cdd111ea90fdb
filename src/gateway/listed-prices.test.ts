import { silentLog } from '../lib/log.ts';
import { memoryStore } from '../store/memory.ts';
import { armCompiler } from './arms.ts';
import { listedPrices } from './listed-prices.ts';

async function storeWith(baseURL: string, model: string) {
  const store = memoryStore();
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'p', namespace: 'n' },
    spec: { dialect: 'OpenAI', baseURL },
  });
  const content = { backends: [{ name: 'b', providerRef: { name: 'p' }, model }] };
  const { metadata } = store.put({
    kind: 'ModelRoute',
    metadata: { name: 'r', namespace: 'n' },
    spec: content,
  });
  const owner = { kind: 'ModelRoute' as const, name: 'r', uid: metadata.uid };
  await store.keepRevision({ name: 'r-1', namespace: 'n', owner, number: 1, content });
  return store;
}

test('a model without a price of its own costs what its provider lists', async () => {
  const store = await storeWith('https://api.openai.com/v1', 'gpt-4o-mini');
  const prices = listedPrices(store, silentLog);
  expect(prices.current()).toBeUndefined();
  await prices.load();
  const price = () => armCompiler(store, prices.current).route('n', 'r-1')?.backends[0]?.price;
  expect(price()).toEqual({ input: 0.15, cachedInput: 0.075, output: 0.6 });
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'p', namespace: 'n' },
    spec: {
      dialect: 'OpenAI',
      baseURL: 'https://api.openai.com/v1',
      models: [{ name: 'gpt-4o-mini', pricesPerMillion: { input: '7', output: '8' } }],
    },
  });
  expect(price()).toEqual({ input: 7, cachedInput: 7, output: 8 });
});

test('the list is not loaded for providers that it cannot know', async () => {
  const store = await storeWith('http://127.0.0.1:1/v1', 'gpt-4o-mini');
  const prices = listedPrices(store, silentLog);
  await prices.load();
  expect(prices.current()).toBeUndefined();
  expect(armCompiler(store, prices.current).route('n', 'r-1')?.backends[0]).not.toHaveProperty('price');
});
