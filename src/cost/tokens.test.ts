import { encodingOf, loadTokenizer } from './tokens.ts';

test.each([
  ['gpt-4o-mini', 'o200k_base'],
  ['gpt-4.1', 'o200k_base'],
  ['gpt-5.1', 'o200k_base'],
  ['o3', 'o200k_base'],
  ['gpt-4', 'cl100k_base'],
  ['gpt-4-turbo-2024-04-09', 'cl100k_base'],
  ['gpt-3.5-turbo', 'cl100k_base'],
  ['openai/gpt-3.5-turbo', 'cl100k_base'],
  ['claude-sonnet-4-5', 'o200k_base'],
  ['my-own-model', 'o200k_base'],
])('%s is counted as %s', (model, encoding) => {
  expect(encodingOf(model)).toBe(encoding);
});

// As in the OpenAI cookbook on counting tokens with tiktoken.
test.each([
  ['o200k_base', 'tiktoken is great!', 6],
  ['cl100k_base', 'tiktoken is great!', 6],
  ['o200k_base', 'お誕生日おめでとう', 8],
  ['cl100k_base', 'お誕生日おめでとう', 9],
] as const)('%s of %s', async (encoding, text, tokens) => {
  expect((await loadTokenizer(encoding))(text)).toBe(tokens);
});

test('what looks like a special token is text', async () => {
  const count = await loadTokenizer('o200k_base');
  expect(count('<|endoftext|>')).toBeGreaterThan(1);
});

test.each(['漢字仮名', 'a', '😀', ' '])('a long run of %j is counted all the same', async (piece) => {
  const count = await loadTokenizer('o200k_base');
  const times = Math.floor(100_000 / piece.length);
  const tokens = count(piece.repeat(times));
  expect(tokens).toBeGreaterThan(100);
  expect(tokens).toBeLessThan(times * piece.length * 2);
});
