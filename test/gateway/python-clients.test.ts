import { join } from 'node:path';
import { run } from '../control-plane/run.ts';
import { pythonWithClients } from '../python/venv.ts';
import { type Stage, startStage } from './stage.ts';

const CLIENTS = join(import.meta.dirname, '../python/clients.py');
const ID = { id: 'A-1' };

let stage: Stage;
let came: Map<string, unknown>;

beforeAll(async () => {
  const python = await pythonWithClients();
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: { rate: 1, status: 503 }, answer: 'x' },
    { match: { text: 'BREAK' }, errorEvents: { rate: 1, afterChunks: 3 }, answer: 'one two three four' },
    { match: { text: 'TOOL' }, toolCalls: { rate: 1, arguments: JSON.stringify(ID) }, answer: 'x' },
    { match: { text: 'JSON' }, answer: JSON.stringify(ID) },
    { match: {}, answer: 'Hello you' },
  ]);
  const metadata = (name: string) => ({ name, namespace: 'support' });
  stage.store.put({
    kind: 'ModelProvider',
    metadata: metadata('anthropic'),
    spec: {
      dialect: 'Anthropic',
      baseURL: stage.simulator.baseURL,
      auth: { secretRef: { name: 'sim', key: 'key' } },
    },
  });
  stage.store.put({
    kind: 'ModelRoute',
    metadata: metadata('claude'),
    spec: { backends: [{ name: 'c', providerRef: { name: 'anthropic' }, model: 'claude-a' }] },
  });
  await stage.until(({ phase }) => phase === 'Healthy', 'ModelRoute', 'claude');
  const { code, stdout, stderr } = await run(python, [CLIENTS, stage.gateway.url]);
  if (code !== 0) throw new Error(`the Python clients ended with ${code}: ${stderr}`);
  const lines = stdout.trim().split('\n');
  came = new Map(
    lines.map((line) => {
      const { case: name, ...rest } = JSON.parse(line) as { case: string };
      return [name, rest];
    }),
  );
}, 300_000);
afterAll(() => stage?.stop());

test.each([
  ['chat_plain', { text: 'Hello you', tokens: true }],
  ['chat_streamed', { text: 'Hello you', usage: 1 }],
  ['chat_tool', { name: 'look_up', arguments: ID }],
  ['chat_tool_streamed', { name: 'look_up', arguments: ID }],
  ['chat_structured', ID],
  ['chat_structured_streamed', ID],
  ['chat_async', 'Hello you'],
  ['responses_plain', { text: 'Hello you', after: 'Hello you', other: true }],
  ['responses_streamed', { text: 'Hello you', last: 'response.completed' }],
  ['responses_tool', { name: 'look_up', arguments: ID }],
  ['responses_tool_streamed', { arguments: ID, status: 'completed' }],
  ['responses_structured', ID],
  ['embeddings', { vectors: 2, numbers: true }],
  ['models', ['claude', 'fast', 'triage']],
  ['messages_plain', { text: 'Hello you', stop: 'end_turn', tokens: true }],
  ['messages_streamed', { text: 'Hello you', stop: 'end_turn' }],
  ['messages_tool', { type: 'tool_use', name: 'look_up', input: ID }],
  ['messages_tool_streamed', { type: 'tool_use', name: 'look_up', input: ID }],
  ['messages_structured', ID],
  ['messages_structured_streamed', ID],
  ['messages_async', 'Hello you'],
  ['messages_counted', true],
])('%s', (name, result) => {
  expect(came.get(name)).toEqual({ result });
});

test('chat_headers', () => {
  expect(came.get('chat_headers')).toEqual({
    result: { revision: stage.status().stableRevision, call: true },
  });
});

test.each([
  ['chat_refused', 'InternalServerError', 503],
  ['chat_unknown', 'NotFoundError', 404],
  ['messages_refused', 'ServiceUnavailableError', 503],
  ['messages_unknown', 'NotFoundError', 404],
])('%s raises what its client has for it', (name, raised, status) => {
  expect(came.get(name)).toEqual({ raised, status });
});

test('a stream that breaks off raises, and is no whole answer', () => {
  expect(came.get('chat_broken')).toMatchObject({ raised: 'APIError' });
});
