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
  expect(estimateOf({ max_tokens: 'many' }).mostOutputTokens).toBeUndefined();
});

test.each([
  ['a text that begins like encoded data', `${'a'.repeat(4096)}${'word '.repeat(20_000)}`],
  ['a text that begins like an address of data', `data: ${'word '.repeat(20_000)}`],
  ['an address of data that a text follows', `data:image/png;base64,AAAA ${'word '.repeat(20_000)}`],
])('%s counts, wherever it stands', (_what, text) => {
  const tokens = 'word '.repeat(20_000).length / 4;
  for (const sent of [
    { messages: [{ role: 'user', content: text }] },
    { input: text },
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: text } }] }] },
    { messages: [{ content: [{ type: 'document', source: { type: 'text', data: text } }] }] },
  ])
    expect(estimateOf(sent).inputTokens).toBeGreaterThan(tokens);
});

test('what is encoded is nothing only where media stand', () => {
  const data = 'A'.repeat(100_000);
  const url = `data:image/png;base64,${data}==`;
  expect(
    estimateOf({ input: [{ content: [{ type: 'input_image', image_url: url }] }] }).inputTokens,
  ).toBeLessThan(30);
  expect(
    estimateOf({ messages: [{ content: [{ type: 'image', source: { type: 'base64', data } }] }] })
      .inputTokens,
  ).toBeLessThan(30);
  for (const text of [data, url])
    expect(estimateOf({ messages: [{ role: 'user', content: text }] }).inputTokens).toBeGreaterThan(25_000);
});

test('a text that is nearly encoded takes no longer than it is long', () => {
  const time = (length: number) => {
    const sent = {
      url: [`data:${'A'.repeat(length)}`, `data:,${'A'.repeat(length)} `, `${'A='.repeat(length / 2)}`],
    };
    const begun = performance.now();
    estimateOf(sent);
    return performance.now() - begun;
  };
  time(1_000_000);
  // A pattern that tries again from each character would take minutes.
  expect(time(8_000_000)).toBeLessThan(5_000);
});

test('several answers are as many times the limit', () => {
  expect(estimateOf({ n: 50, max_tokens: 1_000 })).toMatchObject({ mostOutputTokens: 50_000, answers: 50 });
  expect(estimateOf({ n: 50 })).toMatchObject({ answers: 50 });
  for (const n of [1, 0, -3, null, '7']) expect(estimateOf({ n, max_tokens: 7 }).mostOutputTokens).toBe(7);
});

test('without a price there is no cost, and what answers in no tokens costs its input', () => {
  const estimate = { inputTokens: 10 };
  expect(costOfEstimate(undefined, estimate, 5)).toBeUndefined();
  expect(costOfEstimate({ input: 1, cachedInput: 1, output: 2 }, estimate, 5)).toBe(20);
  expect(costOfEstimate({ input: 1, cachedInput: 1 }, estimate, 5)).toBe(10);
});
