import { type Asked, answerJson, type ScriptedProvider, scriptedProvider } from './provider.ts';

/** Characters of a streamed piece: no placeholder comes whole. */
const PIECE = 3;
const USAGE = { prompt_tokens: 3, completion_tokens: 1 };
const TOKENS = { input_tokens: 3, output_tokens: 1 };

/**
 * A provider of both dialects that says what it was told last: as its answer, or, where it is offered tools, as the argument
 * `said` of a call of the first. FAIL in it fails, DOWN does where the model is `first`, KEYBACK fails with the key that it was given.
 */
export const echoProvider = (): Promise<ScriptedProvider> => scriptedProvider(echo);

/** All that the provider was told, as one text. */
export const told = ({ asked }: ScriptedProvider): string => JSON.stringify(asked.map(({ body }) => body));

function echo({ body, request, response }: Asked): void {
  const path = request.url ?? '';
  const said = lastText(body);
  const tool = Array.isArray(body.tools) ? toolName(body.tools[0]) : undefined;
  if (said.includes('KEYBACK')) {
    const { authorization, 'x-api-key': key } = request.headers;
    return answerJson(
      response,
      400,
      JSON.stringify({ error: { message: `no such key: ${authorization} ${key}` } }),
    );
  }
  if (said.includes('FAIL')) return answerJson(response, 400, JSON.stringify({ error: { message: said } }));
  if (said.includes('DOWN') && body.model === 'first') return answerJson(response, 503, '{}');
  if (path.endsWith('/embeddings'))
    return answerJson(
      response,
      200,
      JSON.stringify({ data: [{ embedding: [1] }], usage: USAGE, model: 'm' }),
    );
  if (path.endsWith('/count_tokens')) return answerJson(response, 200, JSON.stringify({ input_tokens: 9 }));
  const make = path.endsWith('/messages') ? message : path.endsWith('/responses') ? reply : completion;
  const { whole, events, named } = make(tool === undefined ? said : JSON.stringify({ said }), tool);
  if (body.stream !== true) return answerJson(response, 200, JSON.stringify(whole));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) {
    const { type } = event as { type?: string };
    response.write(`${named ? `event: ${type}\n` : ''}data: ${JSON.stringify(event)}\n\n`);
  }
  response.end(named ? undefined : 'data: [DONE]\n\n');
}

type Turn = { role?: string; content?: unknown; type?: string };

function lastText({ messages, input }: Record<string, unknown>): string {
  if (typeof input === 'string') return input;
  const turns = (Array.isArray(messages) ? messages : Array.isArray(input) ? input : []) as Turn[];
  const { content } = turns.findLast(({ role }) => role === 'user') ?? {};
  if (typeof content === 'string') return content;
  return (Array.isArray(content) ? (content as { text?: string }[]) : [])
    .map(({ text = '' }) => text)
    .join('');
}

function toolName(tool: { name?: string; function?: { name: string } }): string {
  return tool.function?.name ?? tool.name ?? '';
}

function piecesOf(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${PIECE}}`, 'g')) ?? [];
}

function completion(text: string, tool: string | undefined) {
  const head = { id: 'c1', model: 'm' };
  const finish = tool === undefined ? 'stop' : 'tool_calls';
  const call = { index: 0, id: 't1', type: 'function' };
  const message =
    tool === undefined
      ? { role: 'assistant', content: text }
      : {
          role: 'assistant',
          content: null,
          tool_calls: [{ ...call, function: { name: tool, arguments: text } }],
        };
  const delta = (piece: string) =>
    tool === undefined ? { content: piece } : { tool_calls: [{ index: 0, function: { arguments: piece } }] };
  const chunk = (given: object, finish_reason: string | null = null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: given, finish_reason }],
  });
  const begun =
    tool === undefined ? {} : { tool_calls: [{ ...call, function: { name: tool, arguments: '' } }] };
  const begin = [chunk({ role: 'assistant', ...begun })];
  const events = [...begin, ...piecesOf(text).map((piece) => chunk(delta(piece))), chunk({}, finish)];
  const whole = { ...head, choices: [{ index: 0, message, finish_reason: finish }], usage: USAGE };
  return { whole, events: [...events, { ...head, choices: [], usage: USAGE }], named: false };
}

function message(text: string, tool: string | undefined) {
  const head = { id: 'm1', type: 'message', role: 'assistant', model: 'm' };
  const stop_reason = tool === undefined ? 'end_turn' : 'tool_use';
  const use = { type: 'tool_use', id: 't1', name: tool };
  const block = tool === undefined ? { type: 'text', text } : { ...use, input: JSON.parse(text) as object };
  const delta = (piece: string) =>
    tool === undefined
      ? { type: 'text_delta', text: piece }
      : { type: 'input_json_delta', partial_json: piece };
  const events = [
    { type: 'message_start', message: { ...head, content: [], usage: TOKENS } },
    {
      type: 'content_block_start',
      index: 0,
      content_block: tool === undefined ? { type: 'text', text: '' } : { ...use, input: {} },
    },
    ...piecesOf(text).map((piece) => ({ type: 'content_block_delta', index: 0, delta: delta(piece) })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason }, usage: TOKENS },
    { type: 'message_stop' },
  ];
  return { whole: { ...head, content: [block], stop_reason, usage: TOKENS }, events, named: true };
}

function reply(text: string, tool: string | undefined) {
  const head = { id: 'resp_1', object: 'response', model: 'm', status: 'completed' };
  const usage = { ...TOKENS, input_tokens_details: { cached_tokens: 0 } };
  const part = { type: 'output_text', text, annotations: [] };
  const item =
    tool === undefined
      ? { type: 'message', id: 'i1', role: 'assistant', status: 'completed', content: [part] }
      : { type: 'function_call', id: 'i1', call_id: 't1', name: tool, arguments: text, status: 'completed' };
  const whole = { ...head, output: [item], usage };
  const what = tool === undefined ? 'response.output_text' : 'response.function_call_arguments';
  const at = { item_id: 'i1', output_index: 0, ...(tool === undefined && { content_index: 0 }) };
  const empty = tool === undefined ? { ...item, content: [] } : { ...item, arguments: '' };
  const events = [
    { type: 'response.created', response: { ...head, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: empty },
    ...(tool === undefined
      ? [{ type: 'response.content_part.added', ...at, part: { ...part, text: '' } }]
      : []),
    ...piecesOf(text).map((delta) => ({ type: `${what}.delta`, ...at, delta })),
    { type: `${what}.done`, ...at, ...(tool === undefined ? { text } : { arguments: text }) },
    ...(tool === undefined ? [{ type: 'response.content_part.done', ...at, part }] : []),
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
  return { whole, events, named: true };
}
