import { ask, askStream, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { model: 'model-down' }, errors: { rate: 1, status: 503 }, answer: 'x' },
    { match: {}, answer: 'Hello' },
  ]);
});
afterEach(() => stage.stop());

const immediate = { rollout: { strategy: 'Immediate' as const } };
const served = async (prompt: object) => {
  stage.putRelease('You are C.', { ...immediate, prompt });
  return (await stage.until((status) => status.attempt === 2)).stableRevision!;
};

test('a caller that leaves a variable out is told so, and gets no degraded answer', async () => {
  stage.putRoute([{}], { onExhausted: { degraded: { content: 'Later, please.' } } });
  const variables = { type: 'object', required: ['who'], properties: { who: { type: 'string' } } };
  await served({ variables });
  await expect(ask(stage, 'u')).rejects.toMatchObject({ status: 400, code: 'invalid_variables' });
  await expect(askStream(stage, 'u')).rejects.toMatchObject({ status: 400, code: 'invalid_variables' });
});

test.each([
  [{ type: 'text' }, { success: 1 }],
  [{ type: 'json_schema', json_schema: { name: 'own', schema: { type: 'string' } } }, { success: 1 }],
  [{ type: 'json_object' }, { schema_invalid: 1 }],
  [undefined, { schema_invalid: 1 }],
])('a caller that asks for the form %j: %j', async (form, outcomes) => {
  const revision = await served({ responseSchema: { type: 'object' } });
  await ask(stage, 'u', form && { response_format: form });
  expect(stage.outcomes(revision)).toEqual(outcomes);
});

test.each([
  ['triage', 0.2],
  ['fast', 0.5],
])("the parameters that %s gives win over a caller's", async (model, temperature) => {
  const parameters = { temperature: 0.5, max_completion_tokens: 100 };
  stage.putRoute([{ parameters }], immediate);
  await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
  stage.putRelease('You are C.', { ...immediate, spec: { parameters: { temperature: 0.2 } } });
  await stage.until((status) => status.attempt === 2);
  await ask(stage, 'u', { model, temperature: 1.9, max_completion_tokens: 100_000, top_p: 0.9 });
  expect(stage.seen.at(-1)?.body).toMatchObject({ temperature, max_completion_tokens: 100, top_p: 0.9 });
  expect((await stage.records()).at(-1)?.['sluice.parameters']).toMatchObject({ temperature });
});

test("a fallback is sent its own parameters, not the first backend's", async () => {
  const first = { model: 'model-down', parameters: { top_p: 0.1, seed: 7 } };
  stage.putRoute([first, { model: 'model-a', parameters: { top_p: 0.2 } }], immediate);
  await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
  await ask(stage, 'u');
  expect(stage.seen.at(-2)?.body).toMatchObject({ model: 'model-down', top_p: 0.1, seed: 7 });
  expect(stage.seen.at(-1)?.body).toMatchObject({ model: 'model-a', top_p: 0.2 });
  expect(stage.seen.at(-1)?.body).not.toHaveProperty('seed');
});

test('a revision that asks for streams does not make callers read them who did not ask', async () => {
  stage.putRoute([{ parameters: { stream: true } }], immediate);
  await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
  expect((await ask(stage, 'u')).data.choices[0]?.message.content).toBe('Hello');
  stage.putRelease('You are C.', { ...immediate, spec: { parameters: { stream: true } } });
  await stage.until((status) => status.attempt === 2);
  expect((await ask(stage, 'u')).data.choices[0]?.message.content).toBe('Hello');
});
