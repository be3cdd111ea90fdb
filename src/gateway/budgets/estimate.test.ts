import { costOfEstimate, estimateOf, textTokens } from './estimate.ts';

test.each([
  ['abcd'.repeat(100), 100],
  ['漢字仮名', 4],
  ['héllo wörld', 2 + 9 / 4],
  ['', 0],
])('%j is about %d tokens', (text, tokens) => {
  expect(textTokens(text)).toBe(tokens);
});

test('all that is sent counts, pictures do not, and the limit on the answer is that of any dialect', () => {
  const content = [
    { type: 'text', text: 'x'.repeat(400) },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } },
  ];
  const { inputTokens } = estimateOf({ messages: [{ role: 'user', content }] });
  expect(inputTokens).toBeGreaterThan(100);
  expect(inputTokens).toBeLessThan(150);
  for (const name of ['max_tokens', 'max_completion_tokens', 'max_output_tokens'])
    expect(estimateOf({ [name]: 7 }).mostOutputTokens).toBe(7);
  expect(estimateOf({ max_tokens: 'many' })).not.toHaveProperty('mostOutputTokens');
});

test('without a price there is no cost, and what answers in no tokens costs its input', () => {
  const estimate = { inputTokens: 10 };
  expect(costOfEstimate(undefined, estimate, 5)).toBeUndefined();
  expect(costOfEstimate({ input: 1, cachedInput: 1, output: 2 }, estimate, 5)).toBe(20);
  expect(costOfEstimate({ input: 1, cachedInput: 1 }, estimate, 5)).toBe(10);
});
