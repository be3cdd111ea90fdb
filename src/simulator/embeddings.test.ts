import OpenAI from 'openai';
import { type Simulator, startSimulator } from './simulator.ts';

let simulator: Simulator;
let client: OpenAI;
beforeEach(async () => {
  simulator = await startSimulator({
    rules: [
      {
        match: { model: 'embed-1', text: 'FAIL' },
        errors: { rate: 1, status: 429, retryAfter: 2 },
        answer: 'x',
      },
      { match: { model: 'embed-1' }, answer: 'x' },
    ],
    key: 'sk-1',
    seed: 1,
  });
  client = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'sk-1', maxRetries: 0 });
});
afterEach(() => simulator.close(100));

const cosine = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, at) => sum + value * other[at]!, 0);
const embed = (input: string | string[], over: object = {}) =>
  client.embeddings.create({ model: 'embed-1', input, ...over });

test('texts that share words are similar, and the same text is the same', async () => {
  const input = ['The parcel is late', 'the PARCEL is very late!', 'I was charged twice'];
  const { data, usage, model } = await embed(input, { encoding_format: 'float' });
  const [first, like, other] = data.map(({ embedding }) => embedding);
  expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(first).toHaveLength(256);
  expect(cosine(first!, first!)).toBeCloseTo(1, 5);
  expect(cosine(first!, like!)).toBeGreaterThan(0.8);
  expect(cosine(first!, other!)).toBeLessThan(0.3);
  expect(usage).toEqual({ prompt_tokens: 28, total_tokens: 28 });
  expect(model).toBe('embed-1');
  expect((await embed(input[0]!, { encoding_format: 'float' })).data[0]!.embedding).toEqual(first);
});

test('base64, which the client asks for by itself, holds the same floats', async () => {
  const [packed] = (await embed('late parcel', { dimensions: 64 })).data;
  const [plain] = (await embed('late parcel', { dimensions: 64, encoding_format: 'float' })).data;
  expect(Array.from(packed!.embedding)).toEqual(plain!.embedding);
  expect(plain!.embedding).toHaveLength(64);
});

test.each([
  ['no text', { input: '' }, 400],
  ['no input', { input: undefined }, 400],
  ['tokens', { input: [1, 2, 3] }, 400],
  ['a format that is none', { encoding_format: 'hex' }, 400],
  ['no dimension', { dimensions: 0 }, 400],
  ['a model that is none', { model: 'other' }, 404],
  ['what its rule says', { input: 'FAIL' }, 429],
])('%s is refused as OpenAI does', async (_, over, status) => {
  const asked = embed('text', over);
  await expect(asked).rejects.toMatchObject({ status, error: { message: expect.any(String) } });
});
