import { request } from 'undici';
import { type Asked, answerJson, type ScriptedProvider, scriptedProvider } from './provider.ts';
import { type Stage, startStage } from './stage.ts';

const schema = { type: 'object', required: ['queue'], properties: { queue: { type: 'string' } } };
const lookUp = {
  type: 'function',
  function: { name: 'look_up', parameters: { type: 'object', required: ['id'] } },
};
const CUT = '{"que';

let stage: Stage;
let provider: ScriptedProvider;
beforeEach(async () => {
  provider = await scriptedProvider(cutShort);
  stage = await startStage([{ match: {}, answer: 'x' }]);
});
afterEach(async () => {
  await stage.stop();
  await provider.stop();
});

/** Answers in the form asked for, cut by the limit or the word to stop at that it is given; with tools, in mid-call. */
function cutShort({ body, request, response }: Asked): void {
  const stopped = (body.stop ?? body.stop_sequences) != null;
  const tools = Array.isArray(body.tools);
  const path = request.url ?? '';
  const make = path.endsWith('/messages') ? message : path.endsWith('/responses') ? reply : completion;
  const { whole, events } = make(stopped, tools);
  if (body.stream !== true) return answerJson(response, 200, JSON.stringify(whole));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events)
    response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
  response.end();
}

function completion(stopped: boolean, tools: boolean) {
  const finish_reason = stopped ? 'stop' : 'length';
  const said = tools
    ? { content: null, tool_calls: [{ index: 0, id: 't', function: { name: 'look_up', arguments: CUT } }] }
    : { content: CUT };
  const head = { id: 'c', model: 'm' };
  return {
    whole: { ...head, choices: [{ index: 0, message: said, finish_reason }] },
    events: [{ ...head, choices: [{ index: 0, delta: said, finish_reason }] }, '[DONE]'],
  };
}

function message(stopped: boolean, tools: boolean) {
  const stop_reason = stopped ? 'stop_sequence' : 'max_tokens';
  const block = tools
    ? { type: 'tool_use', id: 't', name: 'look_up', input: {} }
    : { type: 'text', text: CUT };
  const delta = tools ? { type: 'input_json_delta', partial_json: CUT } : { type: 'text_delta', text: CUT };
  const head = { id: 'm', model: 'm' };
  return {
    whole: { ...head, content: [block], stop_reason },
    events: [
      { type: 'message_start', message: head },
      { type: 'content_block_start', index: 0, content_block: { ...block, text: '' } },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason } },
      { type: 'message_stop' },
    ],
  };
}

function reply(_stopped: boolean, tools: boolean) {
  const item = tools
    ? { type: 'function_call', name: 'look_up', arguments: CUT }
    : { type: 'message', content: [{ type: 'output_text', text: CUT }] };
  const whole = {
    id: 'r',
    model: 'm',
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output: [item],
  };
  const begun = { id: 'r', model: 'm', status: 'in_progress', output: [] };
  return {
    whole,
    events: [
      { type: 'response.created', response: begun },
      { type: 'response.incomplete', response: whole },
    ],
  };
}

/** Releases a prompt over the scripted provider, spoken to in `dialect`. */
async function release(dialect: 'OpenAI' | 'Anthropic', prompt: object, parameters = {}): Promise<string> {
  stage.store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'support' },
    spec: { dialect, baseURL: provider.baseURL },
  });
  const { attempt } = stage.status();
  stage.putRelease('You are B.', {
    prompt,
    rollout: { strategy: 'Immediate' },
    spec: { parameters },
  });
  await stage.until((status) => status.attempt === attempt! + 1);
  return stage.status().stableRevision!;
}

async function send(path: string, body: object): Promise<number> {
  const said = path === '/v1/responses' ? { input: 'hi' } : { messages: [{ role: 'user', content: 'hi' }] };
  const { statusCode, body: answer } = await request(stage.gateway.url + path, {
    method: 'POST',
    body: JSON.stringify({ model: 'triage', ...said, ...body }),
  });
  await answer.dump();
  return statusCode;
}

const CHAT = '/v1/chat/completions';
const MESSAGES = '/v1/messages';
const RESPONSES = '/v1/responses';
const spoken = [
  [CHAT, 'OpenAI', 'max_tokens', 'stop'],
  [CHAT, 'OpenAI', 'max_completion_tokens', 'stop'],
  [CHAT, 'Anthropic', 'max_completion_tokens', 'stop'],
  [MESSAGES, 'Anthropic', 'max_tokens', 'stop_sequences'],
  [MESSAGES, 'OpenAI', 'max_tokens', 'stop_sequences'],
  [RESPONSES, 'OpenAI', 'max_output_tokens', undefined],
] as const;

describe.each(spoken)('a caller of %s at %s', (path, dialect, limit, stop) => {
  test(`fails no revision by its own ${limit}, and a limit of the revision's does`, async () => {
    const revision = await release(dialect, { responseSchema: schema });
    for (const stream of [false, true]) expect(await send(path, { [limit]: 1, stream })).toBe(200);
    expect(stage.outcomes(revision)).toEqual({ success: 2 });
    expect(stage.cells(revision)).toMatchObject([{ schemaChecked: 0 }]);
    // It is recorded as what it was.
    expect((await stage.records()).map((record) => record['sluice.outcome'])).toEqual([
      'truncated',
      'truncated',
    ]);

    const limited = await release(dialect, { responseSchema: schema }, { max_completion_tokens: 2 });
    for (const stream of [false, true]) expect(await send(path, { [limit]: 1, stream })).toBe(200);
    expect(stage.outcomes(limited)).toEqual({ schema_invalid: 2 });
    const { body } = provider.asked.at(-1)!;
    const limits = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];
    expect(limits.map((name) => body[name]).filter((each) => each !== undefined)).toEqual([2]);
  });

  test('has no call of a tool charged that it cut itself', async () => {
    const revision = await release(dialect, { tools: [lookUp] });
    for (const stream of [false, true]) expect(await send(path, { [limit]: 1, stream })).toBe(200);
    expect(stage.cells(revision)).toMatchObject([{ outcomes: { success: 2 } }]);
    expect(stage.cells(revision)[0]!.tools).toBeUndefined();
  });

  if (stop === undefined) return;
  test(`fails no revision by its own ${stop}, and a word of the revision's does`, async () => {
    const revision = await release(dialect, { responseSchema: schema });
    for (const stream of [false, true]) expect(await send(path, { [stop]: ['"'], stream })).toBe(200);
    expect(stage.outcomes(revision)).toEqual({ success: 2 });

    const stops = await release(dialect, { responseSchema: schema }, { stop: ['"'] });
    for (const stream of [false, true]) expect(await send(path, { [stop]: ['q'], stream })).toBe(200);
    expect(stage.outcomes(stops)).toEqual({ schema_invalid: 2 });
  });
});
