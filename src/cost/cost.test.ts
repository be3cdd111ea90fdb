import { costOf } from './cost.ts';
import { priceOf } from './price.ts';

const models = (pricesPerMillion?: { input?: string; cachedInput?: string; output?: string }) => ({
  models: [{ name: 'm', ...(pricesPerMillion && { pricesPerMillion }) }],
});
const price = (prices?: Parameters<typeof models>[0]) => priceOf(models(prices), 'm');

test('USD per million tokens are millionths of a USD for each', () => {
  const known = price({ input: '0.25', cachedInput: '0.025', output: '2.00' });
  expect(costOf(known, { inputTokens: 1000, outputTokens: 100 })).toBe(450);
  expect(costOf(known, { inputTokens: 1000, cachedInputTokens: 800, outputTokens: 100 })).toBeCloseTo(270, 9);
  expect(costOf(known, { inputTokens: 0, outputTokens: 0 })).toBe(0);
});

test('cached input costs what input does where nothing else is said', () => {
  const known = price({ input: '1', output: '2' });
  expect(costOf(known, { inputTokens: 10, cachedInputTokens: 10, outputTokens: 0 })).toBe(10);
});

test('more cached than there was is no discount', () => {
  const known = price({ input: '1', cachedInput: '0', output: '0' });
  expect(costOf(known, { inputTokens: 10, cachedInputTokens: 99, outputTokens: 0 })).toBe(0);
});

test.each([
  ['no price', undefined],
  ['no price of the input', { cachedInput: '1', output: '1' }],
  ['no price of the output', { input: '1' }],
])('%s: the cost is unknown, not zero', (_what, prices) => {
  expect(costOf(price(prices), { inputTokens: 1, outputTokens: 1 })).toBeUndefined();
});

test('unknown tokens: the cost is unknown', () => {
  expect(costOf(price({ input: '1', output: '1' }), undefined)).toBeUndefined();
});

test('a price of zero is a price', () => {
  expect(costOf(price({ input: '0', output: '0' }), { inputTokens: 5, outputTokens: 5 })).toBe(0);
});

test('a model that is not listed has no price', () => {
  expect(priceOf({}, 'm')).toBeUndefined();
  expect(priceOf(models({ input: '1', output: '1' }), 'other')).toBeUndefined();
});

test('a long call costs what the tier it reaches does, all of it', () => {
  const tiered = {
    input: 1,
    cachedInput: 1,
    output: 2,
    above: [
      { inputTokens: 100, input: 3, cachedInput: 3, output: 4 },
      { inputTokens: 200, input: 5, cachedInput: 5, output: 6 },
    ],
  };
  expect(costOf(tiered, { inputTokens: 100, outputTokens: 1 })).toBe(102);
  expect(costOf(tiered, { inputTokens: 101, outputTokens: 1 })).toBe(307);
  expect(costOf(tiered, { inputTokens: 201, outputTokens: 1 })).toBe(1011);
});

test('what is written to the cache has its own price, and that of input where none is known', () => {
  const used = { inputTokens: 100, cachedInputTokens: 20, cacheCreationTokens: 30, outputTokens: 0 };
  expect(costOf({ input: 1, cachedInput: 0.1, cacheWrite: 2, output: 1 }, used)).toBe(112);
  expect(costOf({ input: 1, cachedInput: 0.1, output: 1 }, used)).toBe(82);
  expect(costOf({ input: 1, cachedInput: 0.1, cacheWrite: 2, output: 1 }, { ...used, inputTokens: 40 })).toBe(
    42,
  );
});
