import { request } from 'undici';
import { eventually } from '../eventually.ts';
import { type Asked, type ScriptedProvider, scriptedProvider } from './provider.ts';
import { type Stage, startStage } from './stage.ts';

/** A piece of ten tokens, as the gateway estimates them, of an answer of a hundred such. */
const PIECE = 'ten tokens, four characters of each one.';
const PIECES = 100;
/** A hundred tokens. */
const QUESTION = 'word '.repeat(80);

const CHAT = '/v1/chat/completions';
const MESSAGES = '/v1/messages';
const RESPONSES = '/v1/responses';

/** How each API begins a stream, goes on with it, and breaks it off with an error. */
const FORMS: Record<string, { begin: object; piece: object; error: object }> = {
  [CHAT]: {
    begin: { id: 'c', model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
    piece: { id: 'c', model: 'm', choices: [{ index: 0, delta: { content: PIECE } }] },
    error: { error: { message: 'no more', type: 'server_error' } },
  },
  [MESSAGES]: {
    begin: {
      type: 'message_start',
      message: { id: 'm', model: 'm', content: [], usage: { input_tokens: 120, output_tokens: 1 } },
    },
    piece: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: PIECE } },
    error: { type: 'error', error: { type: 'overloaded_error', message: 'no more' } },
  },
  [RESPONSES]: {
    begin: { type: 'response.created', response: { id: 'r', model: 'm', status: 'in_progress', output: [] } },
    piece: { type: 'response.output_text.delta', item_id: 'i', delta: PIECE },
    error: { type: 'error', error: { type: 'server_error', code: 'server_error', message: 'no more' } },
  },
};

let stage: Stage;
let provider: ScriptedProvider;
let pieces = 0;
let ending: (asked: Asked, events: (typeof FORMS)[string]) => void = () => {};

beforeAll(async () => {
  provider = await scriptedProvider((asked) => {
    const { request, response } = asked;
    const form = FORMS[request.url!]!;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of [form.begin, ...Array<object>(pieces).fill(form.piece)]) response.write(said(event));
    ending(asked, form);
  });
  stage = await startStage([{ match: {}, answer: 'x' }], undefined, {
    now: () => new Date('2026-11-24T12:00:00Z'),
  });
  for (const [name, dialect] of [
    ['open', 'OpenAI'],
    ['claude', 'Anthropic'],
  ] as const) {
    const pricesPerMillion = { input: '1000000', output: '1000000' };
    stage.store.put({
      kind: 'ModelProvider',
      metadata: { name, namespace: 'support' },
      spec: { dialect, baseURL: provider.baseURL, models: [{ name: 'm', pricesPerMillion }] },
    });
    for (const hurried of [false, true])
      stage.store.put({
        kind: 'ModelRoute',
        metadata: { name: hurried ? `${name}-hurried` : name, namespace: 'support' },
        spec: {
          backends: [
            {
              name: 'b',
              providerRef: { name },
              model: 'm',
              ...(hurried && { timeouts: { total: '200ms' as const } }),
            },
          ],
          budgets: { dailyUSD: '1000000' },
        },
      });
  }
  const models = async () => (await fetch(`${stage.gateway.url}/v1/models`)).text();
  await eventually('the routes are served', async () => (await models()).match(/"id"/g)?.length === 6);
});
afterAll(async () => {
  await stage.stop();
  await provider.stop();
});

const said = (event: object) => `data: ${JSON.stringify(event)}\n\n`;

/** What the day's budget of a route has spent: in USD, which are tokens here. */
async function spent(route: string): Promise<number> {
  const text = await (await request(`${stage.gateway.adminUrl}/metrics`)).body.text();
  const line = `sluice_gateway_budget_spent_usd{kind="ModelRoute",namespace="support",release="${route}"} `;
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(line))
      ?.slice(line.length) ?? 0,
  );
}

const ENDS: Record<string, { outcome: string; end: typeof ending; route?: string }> = {
  'its caller’s going': { outcome: 'client_cancelled', end: () => {} },
  'a time-out': { outcome: 'timeout', end: () => {}, route: '-hurried' },
  'a broken connection': {
    outcome: 'stream_interrupted',
    // What was written before has to arrive: the gateway has passed it on by the time that the test breaks it off.
    end: () => {},
  },
  'an error event': { outcome: 'upstream_5xx', end: ({ response }, { error }) => response.end(said(error)) },
};

describe.each(Object.keys(ENDS))('a stream that is cut by %s', (how) => {
  test.each(
    [CHAT, MESSAGES, RESPONSES].flatMap((path) => [1, 50, 99].map((percent) => [path, percent] as const)),
  )('of %s after %d %% counts its input and what was heard', async (path, percent) => {
    const { outcome, end, route: suffix = '' } = ENDS[how]!;
    const route = `${path === MESSAGES ? 'claude' : 'open'}${suffix}`;
    pieces = (PIECES * percent) / 100;
    ending = end;
    const [before, recorded] = [await spent(route), (await stage.records()).length];
    const question =
      path === RESPONSES ? { input: QUESTION } : { messages: [{ role: 'user', content: QUESTION }] };
    const controller = new AbortController();
    const { body } = await request(stage.gateway.url + path, {
      method: 'POST',
      body: JSON.stringify({ model: route, stream: true, ...question }),
      signal: controller.signal,
    });
    let text = '';
    try {
      for await (const chunk of body) {
        text += String(chunk);
        if (text.split(PIECE).length <= pieces) continue;
        if (how === 'its caller’s going') controller.abort();
        if (how === 'a broken connection') provider.asked.at(-1)!.response.destroy();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
    await eventually('it is recorded', async () => (await stage.records()).length > recorded);
    const record = (await stage.records()).at(-1)!;
    expect(record['sluice.outcome']).toBe(outcome);
    expect(record['gen_ai.usage.output_tokens']).toBeUndefined();
    expect(record['sluice.cost_usd']).toBeUndefined();
    const cost = (await spent(route)) - before;
    expect(cost).toBeGreaterThanOrEqual((path === MESSAGES ? 120 : 100) + 10 * pieces);
    expect(cost).toBeLessThanOrEqual(150 + 10 * pieces);
  });
});
