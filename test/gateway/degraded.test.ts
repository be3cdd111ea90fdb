import type OpenAI from 'openai';
import { eventually } from '../eventually.ts';
import { type Stage, startStage } from './stage.ts';

const SORRY = 'We cannot answer right now.';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([{ match: {}, errors: { rate: 1, status: 503 }, answer: 'x' }]);
});
afterEach(() => stage.stop());

/** Serves the route `fast` with a degraded answer, over a provider of this dialect. */
async function route(dialect: 'OpenAI' | 'Anthropic'): Promise<string> {
  stage.store.put({
    kind: 'ModelProvider',
    metadata: { name: 'other', namespace: 'support' },
    spec: {
      dialect,
      baseURL: stage.simulator.baseURL,
      auth: { secretRef: { name: 'sim', key: 'key' } },
    },
  });
  stage.putRoute([{ providerRef: { name: 'other' } }], {
    rollout: { strategy: 'Immediate' },
    onExhausted: { degraded: { content: SORRY } },
  });
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
  return stage.status('ModelRoute', 'fast').stableRevision!;
}

test('responses are answered degraded, plain and streamed, as the official client reads them', async () => {
  const revision = await route('OpenAI');
  const plain = await stage.client.responses.create({ model: 'fast', input: 'hi' });
  expect(plain).toMatchObject({ object: 'response', status: 'completed', output_text: SORRY });

  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  const stream = stage.client.responses.stream({ model: 'fast', input: 'hi' });
  for await (const event of stream) events.push(event);
  const final = await stream.finalResponse();
  expect(final.output_text).toBe(SORRY);
  expect(events[0]?.type).toBe('response.created');
  expect(events.at(-1)?.type).toBe('response.completed');
  const deltas = events.flatMap((event) =>
    event.type === 'response.output_text.delta' ? [event.delta] : [],
  );
  expect(deltas.join('')).toBe(SORRY);

  expect(stage.outcomes(revision)).toEqual({ upstream_5xx: 2 });
  const records = await stage.records();
  expect(records.map((record) => record['sluice.degraded'])).toEqual([true, true]);
});

test('what no backend can be told is refused with 400, degraded answer or not, and charged to nobody', async () => {
  const revision = await route('Anthropic');
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const refused = { status: 400, code: 'invalid_request' };
  for (const stream of [false, true]) {
    const response = stage.client.responses.create({ model: 'fast', input: 'hi', stream });
    await expect(response).rejects.toMatchObject(refused);
    const several = stage.client.chat.completions.create({ model: 'fast', n: 3, messages, stream });
    await expect(several).rejects.toMatchObject(refused);
  }
  expect(stage.seen).toHaveLength(0);
  await eventually('all are recorded', async () => (await stage.records()).length === 4);
  expect((await stage.records()).map((record) => record['sluice.degraded'])).toEqual(
    Array(4).fill(undefined),
  );
  expect(stage.outcomes(revision)).toEqual({});
  // A provider that could be told and fails is another thing.
  expect(
    (await stage.client.chat.completions.create({ model: 'fast', messages })).choices[0]?.message.content,
  ).toBe(SORRY);
});
