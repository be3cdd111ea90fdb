import { completion, type ScriptedProvider, scriptedProvider } from '../../test/gateway/provider.ts';
import { memoryStore } from '../store/memory.ts';
import { type JudgeOptions, type ProviderJudge, providerJudge } from './judge.ts';

const KEY = 'sk-planted-4711';
type Reply = { status: number; body: string };

let provider: ScriptedProvider;
let replies: Reply[];
let paths: (string | undefined)[];
let judges: ProviderJudge[];
let spent: (number | undefined)[];
const store = memoryStore();
beforeEach(async () => {
  [replies, paths, judges, spent] = [[], [], [], []];
  provider = await scriptedProvider(({ request, response }) => {
    paths.push(request.url);
    const { status, body } = replies.shift() ?? { status: 200, body: completion('{"pass":true}') };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  });
  store.secrets.set('n/sim/key', KEY);
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'n' },
    spec: {
      dialect: 'OpenAI',
      baseURL: provider.baseURL,
      auth: { secretRef: { name: 'sim', key: 'key' } },
      models: ['m', 'e'].map((name) => ({ name, pricesPerMillion: { input: '1000', output: '2000' } })),
    },
  });
});
afterEach(async () => {
  for (const each of judges) await each.close();
  await provider.stop();
});

function judgeWith(
  over: Partial<JudgeOptions['judge']> = {},
  rest: Partial<JudgeOptions> = {},
): ProviderJudge {
  const made = providerJudge({
    source: store,
    namespace: 'n',
    judge: { providerRef: { name: 'sim' }, model: 'm', embeddings: 'e', ...over },
    prompts: 'p1',
    spent: (usd) => spent.push(usd),
    pause: async () => {},
    ...rest,
  });
  judges.push(made);
  return made;
}

const messages = [{ role: 'user', content: 'Is it polite?' }] as const;

test('asks the model at temperature 0 with the key, and counts what it costs', async () => {
  expect(await judgeWith().judge.ask(messages)).toBe('{"pass":true}');
  const [asked] = provider.asked;
  expect(asked?.body).toEqual({ model: 'm', temperature: 0, stream: false, messages });
  expect(asked?.request.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(spent).toEqual([0.005]);
});

test('asks a judge of Anthropic’s dialect too, but for no embeddings', async () => {
  const models = [{ name: 'm', pricesPerMillion: { input: '1000', output: '2000' } }];
  const spec = { dialect: 'Anthropic' as const, baseURL: provider.baseURL, models };
  store.put({ kind: 'ModelProvider', metadata: { name: 'claude', namespace: 'n' }, spec });
  const said = { content: [{ type: 'text', text: 'Yes.' }], stop_reason: 'end_turn' };
  replies = [
    { status: 200, body: JSON.stringify({ ...said, usage: { input_tokens: 2, output_tokens: 1 } }) },
  ];
  const { judge, embed } = judgeWith({ providerRef: { name: 'claude' } });
  expect(await judge.ask([{ role: 'system', content: 'You judge.' }, ...messages])).toBe('Yes.');
  expect(paths).toEqual(['/v1/messages']);
  expect(provider.asked[0]?.body).toMatchObject({
    temperature: 0,
    system: [{ type: 'text', text: 'You judge.' }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Is it polite?' }] }],
  });
  expect(spent).toEqual([0.004]);
  await expect(embed!(['x'])).rejects.toThrow(/embeddings need one with dialect OpenAI/);
});

test('parameters of the suite stand in the place of the default', async () => {
  await judgeWith({ parameters: { seed: 7 } }).judge.ask(messages);
  expect(provider.asked[0]?.body).toEqual({ model: 'm', seed: 7, stream: false, messages });
});

test('the version changes with whatever may change a verdict', () => {
  const versions = [
    judgeWith(),
    judgeWith({ model: 'm2' }),
    judgeWith({ parameters: { temperature: 1 } }),
    judgeWith({ embeddings: 'e2' }),
    judgeWith({}, { prompts: 'p2' }),
  ].map(({ judge }) => judge.version);
  expect(new Set(versions).size).toBe(5);
  expect(versions[0]).toBe(judgeWith({ parameters: { temperature: 0 } }).judge.version);
  expect(versions[0]).toMatch(/^sim\/m [0-9a-f]{10}$/);
});

test('tries again what may pass, and throws words without a key where it does not', async () => {
  replies.push({ status: 429, body: '{}' });
  expect(await judgeWith().judge.ask(messages)).toBe('{"pass":true}');
  replies.push(...Array.from({ length: 4 }, () => ({ status: 500, body: KEY })));
  await expect(judgeWith().judge.ask(messages)).rejects.toThrow(
    /^the judge: sim m: the provider answered 500$/,
  );
  replies.push({ status: 401, body: JSON.stringify({ error: { message: `bad key ${KEY}` } }) });
  await expect(judgeWith().judge.ask(messages)).rejects.toThrow(
    /^the judge: sim m: the provider answered 401$/,
  );
});

test('a provider or a key that is not there is said with its field and a remedy', async () => {
  await expect(judgeWith({ providerRef: { name: 'other' } }).judge.ask(messages)).rejects.toThrow(
    'spec.judge.providerRef: ModelProvider n/other does not exist: create it or correct the name',
  );
  store.secrets.clear();
  await expect(judgeWith().judge.ask(messages)).rejects.toThrow('put n/sim/key into the memory store');
  expect(provider.asked).toEqual([]);
});

test('embeddings come in the order of the texts, and cost', async () => {
  const data = [
    { index: 1, embedding: [0, 1] },
    { index: 0, embedding: [1, 0] },
  ];
  replies.push(
    { status: 503, body: '' },
    { status: 200, body: JSON.stringify({ data, usage: { prompt_tokens: 4 } }) },
  );
  expect(await judgeWith().embed?.(['a', 'b'])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(paths).toEqual(['/v1/embeddings', '/v1/embeddings']);
  expect(provider.asked[1]?.body).toEqual({ model: 'e', input: ['a', 'b'], encoding_format: 'float' });
  expect(spent).toEqual([0.004]);
});

test.each([
  ['no JSON', 'x'],
  ['one too few', JSON.stringify({ data: [{ index: 0, embedding: [1] }] })],
  ['one twice', JSON.stringify({ data: [0, 0].map((index) => ({ index, embedding: [1] })) })],
  ['no numbers', JSON.stringify({ data: [0, 1].map((index) => ({ index, embedding: ['1'] })) })],
])('embeddings that are %s are an error', async (_what, body) => {
  replies.push({ status: 200, body });
  await expect(judgeWith().embed?.(['a', 'b'])).rejects.toThrow(
    /^embeddings of the judge: sim e: answered something/,
  );
});

test('without a model for them there are no embeddings', () => {
  const { embed } = providerJudge({
    source: store,
    namespace: 'n',
    judge: { providerRef: { name: 'sim' }, model: 'm' },
    prompts: 'p1',
  });
  expect(embed).toBeUndefined();
});
