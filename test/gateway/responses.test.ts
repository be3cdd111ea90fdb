import { PassThrough } from 'node:stream';
import type OpenAI from 'openai';
import { startGateway } from '../../src/gateway/gateway.ts';
import { FEEDBACK_KEY, held, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { model: 'down' }, errors: { rate: 1, status: 503 }, answer: 'x' },
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: { text: 'REFUSE' }, refusals: { rate: 1, text: 'No.' }, answer: 'x' },
    { match: { text: 'CUT' }, truncations: 1, answer: 'a long answer that is cut' },
    { match: { text: 'TOOL' }, toolCalls: { rate: 1, arguments: '{"id":"A-1"}' }, answer: 'x' },
    { match: { text: 'LATE' }, errorEvents: { rate: 1, afterChunks: 3 }, answer: 'one two three four' },
    {
      match: { text: 'BREAK' },
      breaks: { rate: 1, afterChunks: 3 },
      tokensPerSecond: 200,
      answer: 'one two three',
    },
    { match: {}, usage: { cached: 0.5, reasoning: 3 }, answer: 'Hello there' },
  ]);
});
afterEach(() => stage.stop());

const stable = () => stage.status().stableRevision!;
const last = () => stage.seen.at(-1)!.body;
const says = (input: string, over: object = {}) => ({ model: 'triage', input, ...over });
const create = (input: string, over?: object) =>
  stage.client.responses.create(says(input, over)) as Promise<OpenAI.Responses.Response>;
const stream = (input: string, over?: object) =>
  stage.client.responses.stream(says(input, over)).finalResponse();
const TOOL = { type: 'function', name: 'look_up', parameters: { type: 'object' }, strict: false };

test.each([
  ['plain', create],
  ['streamed', stream],
])('a response: prompt as instructions, answer and usage: %s', async (_how, ask) => {
  const response = await ask('hi', { instructions: 'Be brief.', temperature: 0.3 });
  expect(response.output_text).toBe('Hello there');
  expect(last()).toMatchObject({
    model: 'model-a',
    input: 'hi',
    instructions: 'You are A.\n\nBe brief.',
    temperature: 0.3,
  });
  const { usage } = response;
  expect(await stage.records()).toMatchObject([
    {
      'sluice.outcome': 'success',
      'gen_ai.operation.name': 'chat',
      'gen_ai.response.id': expect.stringMatching(/^resp_\w+$/),
      'gen_ai.usage.input_tokens': usage!.input_tokens,
      'gen_ai.usage.output_tokens': usage!.output_tokens,
      'gen_ai.usage.cache_read.input_tokens': usage!.input_tokens_details.cached_tokens,
      'sluice.usage.reasoning_tokens': 3,
      'sluice.prompt.hash': expect.stringMatching(/^sha256:/),
    },
  ]);
  expect(usage!.input_tokens_details.cached_tokens).toBeGreaterThan(0);
  expect(stage.outcomes(stable())).toEqual({ success: 1 });
});

test.each([
  ['TOOL', 'completed', 'success'],
  ['REFUSE', 'completed', 'refusal'],
  ['CUT', 'incomplete', 'truncated'],
])('%s: status %s, counted as %s, plain and streamed', async (text, status, outcome) => {
  const over = { tools: [TOOL] };
  const answers = [await create(text, over), await stream(text, over)];
  expect(answers.map((each) => each.status)).toEqual([status, status]);
  expect(stage.outcomes(stable())).toEqual({ [outcome]: 2 });
  if (text !== 'TOOL') return;
  for (const { output } of answers)
    expect(output).toMatchObject([{ type: 'function_call', name: 'look_up', arguments: '{"id":"A-1"}' }]);
  for (const record of await stage.records())
    expect(record).toMatchObject({ 'sluice.tool_calls': 1, 'sluice.tool_calls.failed': false });
});

test('what fails before its first event is answered by stable, after it ends in an error event', async () => {
  stage.putRelease('FAIL', { rollout: held(100) });
  await stage.until((status) => status.candidateRevision !== undefined);
  expect((await stream('hi')).output_text).toBe('Hello there');
  expect(stage.outcomes(stage.status().candidateRevision!)).toEqual({ upstream_5xx: 1 });
  for (const [text, message] of [
    ['LATE', /server had an error/],
    ['BREAK', /broke off in mid-answer/],
  ] as const) {
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of await stage.client.responses.create({ ...says(text), stream: true }))
      events.push(event);
    expect(events.at(-1)).toMatchObject({ type: 'error', message: expect.stringMatching(message) });
  }
});

test('a conversation stays on its revision, whatever the split is by then', async () => {
  const { id: first } = await create('one');
  stage.putRelease('You are B.', { rollout: held(100) });
  await stage.until(({ step }) => step?.weight === 100);
  const candidate = stage.status().candidateRevision!;
  const ask = async (previous_response_id: string | null, streams: boolean) => {
    const { data, response } = await stage.client.responses
      .create({
        ...says('more'),
        previous_response_id,
        stream: streams,
      } as OpenAI.Responses.ResponseCreateParamsNonStreaming)
      .withResponse();
    let { id } = data;
    if (streams) {
      const ids = new Set<string>();
      for await (const event of data as unknown as AsyncIterable<{ response?: { id: string } }>)
        if (event.response) ids.add(event.response.id);
      [id] = [...ids] as [string];
      expect(ids.size).toBe(1);
    }
    return { id, revision: response.headers.get('x-sluice-revision') };
  };
  const onStable = await ask(first, false);
  expect(onStable.revision).toBe(stable());
  expect(last().previous_response_id).toMatch(/^resp_\w+$/);
  const again = await ask(onStable.id, true);
  expect(again.revision).toBe(stable());
  expect((await ask(again.id, false)).revision).toBe(stable());
  const anew = await ask(null, true);
  expect(anew.revision).toBe(candidate);

  stage.putRelease('You are A.');
  await stage.until(({ candidateRevision }) => candidateRevision === undefined);
  expect((await ask(anew.id, false)).revision).toBe(stable());
});

test('a conversation goes on at the provider that holds it', async () => {
  stage.putProvider('other');
  const backends = [{ model: 'down' }, { providerRef: { name: 'other' }, model: 'model-b' }];
  stage.putRoute(backends, { rollout: { strategy: 'Immediate' } });
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
  const { id } = await create('one');
  await create('more', { previous_response_id: id });
  expect(stage.seen.map(({ body }) => body.model)).toEqual(['down', 'model-b', 'model-b']);
});

test('no caller chooses a revision, and what another key has signed still finds its answer', async () => {
  const { id } = await create('one');
  stage.putRelease('You are B.', { rollout: held(100) });
  await stage.until(({ step }) => step?.weight === 100);
  const revisionOf = async (previous_response_id: string, client = stage.client) => {
    const { response } = await client.responses.create(says('more', { previous_response_id })).withResponse();
    return response.headers.get('x-sluice-revision');
  };
  const [own, ...rest] = id.split('~') as [string, ...string[]];
  const forged = [own, stage.status().candidateRevision!.slice(-10), ...rest.slice(1)].join('~');
  const drawn = stage.status().candidateRevision;
  expect(await revisionOf(forged)).toBe(drawn);
  expect(await revisionOf(own)).toBe(drawn);
  expect(await revisionOf(id)).toBe(stable());

  const local = { host: '127.0.0.1', port: 0 };
  const replica = async (feedbackKey: Buffer) => {
    const gateway = await startGateway({
      source: stage.store,
      listen: local,
      admin: local,
      replica: 'h',
      recordTo: new PassThrough().resume(),
      feedbackKey,
    });
    const client = stage.client.withOptions({ baseURL: `${gateway.url}/v1` });
    const revision = await revisionOf(id, client);
    await gateway.stop(100);
    return revision;
  };
  expect(await replica(FEEDBACK_KEY)).toBe(stable());
  expect(await replica(Buffer.alloc(32, 1))).toBe(drawn);
});

test('what a prompt says before the conversation is not said again in it', async () => {
  stage.putRelease('You sort mail.', {
    rollout: { strategy: 'Immediate' },
    prompt: {
      messages: [
        { role: 'system', content: 'You sort mail.' },
        { role: 'user', content: 'I am lost' },
        { role: 'assistant', content: 'queue: help' },
      ],
      tools: [{ type: 'function', function: { name: 'open', parameters: { type: 'object' } } }],
    },
    spec: { parameters: { max_completion_tokens: 99, reasoning_effort: 'low', seed: 1 } },
  });
  await stage.until((status) => status.attempt === 2);
  const { id } = await create('hi');
  expect(last()).toEqual({
    model: 'model-a',
    instructions: 'You sort mail.',
    input: [
      { role: 'user', content: 'I am lost' },
      { role: 'assistant', content: 'queue: help' },
      { role: 'user', content: 'hi' },
    ],
    max_output_tokens: 99,
    reasoning: { effort: 'low' },
    tools: [{ type: 'function', name: 'open', parameters: { type: 'object' }, strict: false }],
  });
  await create('more', { previous_response_id: id });
  expect(last()).toMatchObject({ instructions: 'You sort mail.', input: 'more' });
});

test('an answer that is not waited for, and one of another dialect, are refused', async () => {
  await expect(create('hi', { background: true })).rejects.toMatchObject({
    status: 400,
    param: 'background',
  });
  stage.store.put({
    kind: 'ModelProvider',
    metadata: { name: 'claude', namespace: 'support' },
    spec: { dialect: 'Anthropic', baseURL: stage.simulator.baseURL },
  });
  stage.putRoute([{ providerRef: { name: 'claude' } }], { rollout: { strategy: 'Immediate' } });
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
  await expect(create('hi')).rejects.toMatchObject({ status: 400 });
  expect(stage.seen).toEqual([]);
  expect(stage.outcomes(stable())).toEqual({});
});
