import { answerJson, type ScriptedProvider, scriptedProvider } from './provider.ts';
import { held, type Stage, startStage } from './stage.ts';

let stage: Stage;
let provider: ScriptedProvider;
let down: string[] = [];

beforeEach(async () => {
  down = [];
  stage = await startStage([{ match: {}, answer: 'Hello' }]);
  provider = await scriptedProvider(({ body, request, response }) => {
    const host = String(request.url).split('/')[1]!;
    if (down.includes(host)) return answerJson(response, 503, '{"error":{"message":"down"}}');
    const data = [{ object: 'embedding', index: 0, embedding: [0.5, 0.25] }];
    const usage = { prompt_tokens: 8, total_tokens: 8 };
    return answerJson(response, 200, JSON.stringify({ object: 'list', model: body.model, data, usage }));
  });
  for (const name of ['one', 'two']) {
    stage.store.put({
      kind: 'ModelProvider',
      metadata: { name, namespace: 'support' },
      spec: {
        dialect: 'OpenAI',
        baseURL: provider.baseURL.replace(/v1$/, name),
        models: [{ name: 'embed-a', pricesPerMillion: { input: '0.02' } }],
      },
    });
  }
  stage.putRoute(
    [
      { providerRef: { name: 'one' }, model: 'embed-a' },
      { providerRef: { name: 'two' }, model: 'embed-b' },
      { providerRef: { name: 'two' }, model: 'embed-a' },
    ],
    { rollout: { strategy: 'Immediate' }, onExhausted: { degraded: { content: 'Sorry.' } } },
  );
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
});
afterEach(async () => {
  await stage.stop();
  await provider.stop();
});

const embed = (over: object = {}) =>
  stage.client.embeddings
    .create({ model: 'fast', input: ['a', 'b'], encoding_format: 'float', ...over })
    .withResponse();
const asked = () => provider.asked.map(({ request, body }) => `${request.url} ${String(body.model)}`);

test('texts are passed through, and what they cost is counted', async () => {
  const { data, response } = await embed({ dimensions: 2 });
  expect(data.data[0]?.embedding).toEqual([0.5, 0.25]);
  expect(provider.asked[0]?.body).toEqual({
    model: 'embed-a',
    input: ['a', 'b'],
    encoding_format: 'float',
    dimensions: 2,
  });
  const stable = stage.status('ModelRoute', 'fast').stableRevision!;
  expect(response.headers.get('x-sluice-revision')).toBe(stable);
  expect(await stage.records()).toMatchObject([
    {
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.usage.input_tokens': 8,
      'sluice.cost_usd': 0.00000016,
      'sluice.outcome': 'success',
      'sluice.prompt.hash': expect.stringMatching(/^sha256:/),
    },
  ]);
  expect(stage.cells(stable)).toEqual([]);
});

test('another backend answers only by the same model', async () => {
  down = ['one'];
  await embed();
  expect(asked()).toEqual(['/one/embeddings embed-a', '/two/embeddings embed-a']);
  down = ['one', 'two'];
  await expect(embed()).rejects.toMatchObject({ status: 503 });
});

test('no candidate answers any, whatever its share', async () => {
  stage.putRoute([{ providerRef: { name: 'one' }, model: 'embed-b' }], { rollout: held(100) });
  await stage.until(({ candidateRevision }) => candidateRevision !== undefined, 'ModelRoute', 'fast');
  for (const user of ['u', 'v']) await embed({ user });
  expect(asked()).toEqual(['/one/embeddings embed-a', '/one/embeddings embed-a']);
});

test('a prompt has none', async () => {
  await expect(embed({ model: 'triage' })).rejects.toMatchObject({ status: 400, param: 'model' });
  expect(provider.asked).toEqual([]);
});
