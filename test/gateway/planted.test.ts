import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { Privacy } from '../../src/api/privacy.ts';
import { ANYBODY } from '../../src/gateway/callers/caller.ts';
import { callersBy } from '../../src/gateway/callers/callers.ts';
import { parseCallersFile } from '../../src/gateway/callers/callers-file.ts';
import type { OtlpSettings } from '../../src/gateway/telemetry/otlp/settings.ts';
import type { Log } from '../../src/lib/log.ts';
import { eventually } from '../eventually.ts';
import { told } from './echo-provider.ts';
import { type EchoStage, PROVIDER_KEY, startEchoStage } from './echo-stage.ts';
import { held } from './stage.ts';

const CALLER_KEY = 'planted-key-of-the-caller-0815';
const MAIL = 'jane.doe@example.com';
const PLANTED = [
  ...[MAIL, '4111 1111 1111 1111', '5555555555554444', 'DE89370400440532013000', '+49 30 901820'],
  ...['123-45-6789', '203.0.113.77', 'sk-proj-Zk3xQ9vB7nM2pL5tR8wY1aC4dF6gH0jK', 'C-004711'],
];
/** Found only where something says what they are. */
const CALLED = { password: 'k3Vq9zT1mX7pL2', contact: { homePhone: '2125550123' }, ssn: 219099998 };
const OF_CALLED = ['k3Vq9zT1mX7pL2', '2125550123', '219099998'];
const IN_HEADER = PLANTED.join(', ');
/** As it may stand in a text: on lines of its own, whose ends are escapes in JSON. */
const SAID = `Known:\n${PLANTED.join('\n')}\n`;
const JSON_OF_IT = JSON.stringify({ note: SAID, ...CALLED }, null, 1);
const FENCED = `See\n\`\`\`json\n${JSON_OF_IT}\n\`\`\`\n${JSON.stringify(CALLED)}\n${JSON.stringify({ note: SAID })}`;
const KINDS = ['EMAIL', 'PHONE', 'CARD', 'IBAN', 'IP', 'SSN', 'API_KEY'] as const;
const ALL: Privacy = { redact: [...KINDS], patterns: [{ name: 'CUSTOMER', regex: 'C-[0-9]{6}' }] };

let stage: EchoStage;
let collector: Server;
/** All that was logged, by gateway and controllers, and all that the collector was told. */
let logged: string;
let collected: string;

beforeEach(async () => {
  [logged, collected] = ['', ''];
  collector = createServer(async (request, response) => {
    for await (const chunk of request.setEncoding('utf8')) collected += chunk;
    response.end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await stage.stop();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

async function start(privacy: Privacy): Promise<void> {
  const at = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1`;
  const otlp: OtlpSettings = {
    urls: { traces: `${at}/traces`, metrics: `${at}/metrics`, logs: `${at}/logs` },
    headers: {},
    gzip: false,
    timeoutMs: 5_000,
    metricsEachMs: 60_000,
    resource: { 'service.name': 'sluice' },
    sample: 1,
    tellProviders: true,
  };
  const write = (fields: object, message: string) => {
    logged += `${JSON.stringify(fields)} ${message}\n`;
  };
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const sha256 = createHash('sha256').update(CALLER_KEY).digest('hex');
  const keys = [{ name: 'desk', sha256, namespaces: ['support'] }];
  const known = parseCallersFile(JSON.stringify({ keys }));
  const byKey = callersBy({ known: () => known });
  const callers = {
    // The stage itself looks without a key.
    identify: async (headers: Parameters<typeof byKey.identify>[0]) =>
      headers.authorization === undefined && headers['x-api-key'] === undefined
        ? ANYBODY
        : byKey.identify(headers),
    stop() {},
  };
  stage = await startEchoStage(privacy, log, { otlp, callers });
}

/** A release in rollout whose answers are all sampled, with what is planted in its variables. */
async function release(): Promise<void> {
  const variables = { type: 'object', properties: { who: { type: 'string' } }, required: ['who'] };
  const prompt = (content: string) => ({
    messages: [{ role: 'system' as const, content: `${content} {{who}}` }],
    variables,
  });
  await stage.prompt(prompt('You serve'));
  const metadata = { name: 'kind', namespace: 'support' };
  stage.store.put({
    kind: 'EvalSuite',
    metadata,
    spec: { assert: [{ type: 'contains', value: 'x' }], live: { share: '100%' } },
  });
  const { guardrails = [], ...rollout } = held(50);
  const quality = { name: 'quality', metric: 'EvalScore' as const, evalSuiteRef: { name: 'kind' } };
  stage.store.put({
    kind: 'PromptRelease',
    metadata: { name: 'prompt', namespace: 'support' },
    spec: {
      routeRef: { name: 'open' },
      prompt: prompt('You serve only'),
      rollout: { ...rollout, guardrails: [...guardrails, quality] },
    },
  });
  const candidate = () => stage.gateway.evidence().releases.some(({ serving }) => serving?.weight === 50);
  await eventually('the candidate is served', candidate);
}

/** Every kind of call, whatever comes of it. */
async function callAll(): Promise<void> {
  const { url } = stage.gateway;
  const headers = { 'x-sluice-chain': '123-45-6789', 'x-unknown': IN_HEADER };
  const openai = new OpenAI({
    baseURL: `${url}/v1`,
    apiKey: CALLER_KEY,
    maxRetries: 0,
    defaultHeaders: headers,
  });
  const anthropic = new Anthropic({
    baseURL: url,
    apiKey: CALLER_KEY,
    maxRetries: 0,
    defaultHeaders: headers,
  });
  const user = { role: 'user' as const, content: SAID };
  const args = JSON.stringify({ to: MAIL, card: 4111111111111111, deep: [SAID], ...CALLED });
  const call = { id: 't1', type: 'function' as const, function: { name: 'write', arguments: args } };
  const turns = [
    { role: 'system' as const, content: SAID },
    user,
    { role: 'assistant' as const, tool_calls: [call] },
    { role: 'tool' as const, tool_call_id: 't1', content: JSON.stringify({ said: SAID, ...CALLED }) },
    { ...user, name: '+4930901820', content: [{ type: 'text' as const, text: SAID }] },
    { role: 'assistant' as const, content: FENCED },
    user,
  ];
  const more = { user: SAID, metadata: { who: SAID }, [MAIL]: true, safety_identifier: MAIL };
  const tool = { name: 'write', description: SAID, parameters: { type: 'object' } };
  const input = { to: MAIL, card: 5555555555554444, deep: [SAID], ...CALLED };
  const blocks = [
    user,
    { role: 'assistant' as const, content: [{ type: 'tool_use' as const, id: 't1', name: 'write', input }] },
    {
      role: 'user' as const,
      content: [
        { type: 'tool_result' as const, tool_use_id: 't1', content: JSON_OF_IT },
        { type: 'text' as const, text: FENCED },
        { type: 'text' as const, text: SAID },
      ],
    },
  ];
  const calls: (() => Promise<unknown>)[] = [];
  for (const stream of [false, true]) {
    for (const model of ['open', 'claude', 'two', 'prompt']) {
      // What is answered is what was said last: in words, as JSON, and as JSON within words.
      for (const said of [JSON_OF_IT, FENCED])
        calls.push(() =>
          openai.chat.completions.create({ model, stream, messages: [...turns, { ...user, content: said }] }),
        );
      for (const word of ['', 'FAIL', 'DOWN', 'KEYBACK'])
        calls.push(() =>
          openai.chat.completions.create({
            model,
            stream,
            messages: [...turns, { ...user, content: `${word} ${SAID}` }],
            ...more,
            ...(model === 'prompt' && { variables: { who: SAID } }),
          } as OpenAI.ChatCompletionCreateParams),
        );
      calls.push(() =>
        openai.chat.completions.create({
          model,
          stream,
          messages: [...turns, { ...user, content: JSON_OF_IT }],
          tools: [{ type: 'function', function: tool }],
        }),
      );
      calls.push(() =>
        anthropic.messages.create({
          model,
          stream,
          max_tokens: 9,
          system: SAID,
          messages: blocks,
          metadata: { user_id: MAIL },
        }),
      );
      calls.push(() =>
        anthropic.messages.create({
          model,
          stream,
          max_tokens: 9,
          messages: [{ ...user, content: `FAIL ${SAID}` }],
        }),
      );
      calls.push(() =>
        openai.responses.create({
          model,
          stream,
          instructions: SAID,
          input: SAID,
          ...more,
        } as OpenAI.Responses.ResponseCreateParams),
      );
      calls.push(() =>
        openai.responses.create({
          model,
          stream,
          input: [{ role: 'user', content: [{ type: 'input_text', text: JSON_OF_IT }] }],
        }),
      );
    }
  }
  calls.push(() => openai.embeddings.create({ model: 'open', input: [SAID], user: MAIL }));
  calls.push(() => anthropic.messages.countTokens({ model: 'claude', system: SAID, messages: [user] }));
  calls.push(() => openai.chat.completions.create({ model: MAIL, messages: [user] }));
  calls.push(() =>
    openai.chat.completions.create(
      { model: 'open', messages: [user] },
      { headers: { 'x-sluice-chain': IN_HEADER } },
    ),
  );
  // Without the variable that the prompt wants, and with one of another type.
  calls.push(() => openai.chat.completions.create({ model: 'prompt', messages: [user], ...more }));
  calls.push(() =>
    openai.chat.completions.create({
      model: 'prompt',
      messages: [user],
      variables: { who: [SAID] },
    } as never),
  );
  const post = (path: string, body: string) => () =>
    fetch(`${url}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${CALLER_KEY}` } });
  calls.push(post('/v1/chat/completions', `{"messages": "${SAID}`), post(`/v1/${MAIL}`, SAID));
  calls.push(post('/v1/feedback', JSON.stringify({ call: SAID, comment: SAID, thumb: MAIL })));
  for (const each of calls) {
    const answer = await each().catch((error: unknown) => error);
    if (isStream(answer)) for await (const _ of answer);
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return value !== null && typeof value === 'object' && Symbol.asyncIterator in value;
}

/** Everything that anybody but caller and provider gets to see. */
async function seen(): Promise<Record<string, string>> {
  const admin = async (path: string, init?: RequestInit) =>
    (await fetch(`${stage.gateway.adminUrl}${path}`, init)).text();
  const openMetrics = { headers: { accept: 'application/openmetrics-text; version=1.0.0' } };
  const resources = (['PromptRelease', 'ModelRoute', 'ModelProvider', 'EvalSuite'] as const).flatMap((kind) =>
    stage.store.list(kind).map(({ status }) => status),
  );
  const [metrics, exemplars, evidence] = [
    await admin('/metrics'),
    await admin('/metrics', openMetrics),
    await admin('/evidence'),
  ];
  const samples = JSON.stringify(stage.gateway.takeSamples(1_000));
  const records = JSON.stringify(await stage.records());
  // What waits for the collector is sent at the end.
  await stage.gateway.stop(1_000);
  return {
    metrics,
    exemplars,
    evidence,
    samples,
    records,
    status: JSON.stringify(resources),
    logged,
    collected,
  };
}

const isPlanted = (text: string) =>
  [...PLANTED, ...OF_CALLED, CALLER_KEY, PROVIDER_KEY, '4111111111111111', '+4930901820'].filter((each) =>
    text.includes(each),
  );

test.each<[string, Privacy]>([
  ['nothing', {}],
  ['nothing, and records with redacted text', { logContent: 'Redacted' }],
  ['redaction', ALL],
  ['redaction, and records with text', { ...ALL, logContent: 'Redacted' }],
  ['redaction, and records with all that was sent', { ...ALL, logContent: 'Full' }],
  ['counting, and records with redacted text', { ...ALL, action: 'Count', logContent: 'Redacted' }],
  ['blocking, and records with redacted text', { ...ALL, action: 'Block', logContent: 'Redacted' }],
])(
  'with %s, what is planted in calls is in no log, record, metric, status, sample or trace',
  async (_what, privacy) => {
    await start(privacy);
    await release();
    await callAll();
    const places = await seen();
    for (const [place, text] of Object.entries(places)) {
      // A pattern that nobody has told is none in what is text.
      const texts = ['samples', ...(privacy.logContent === undefined ? [] : ['records', 'collected'])];
      const unknown = texts.includes(place) && privacy.patterns === undefined ? ['C-004711'] : [];
      expect([place, isPlanted(text)]).toEqual([place, unknown]);
    }
    const { records, metrics, collected, samples } = places;
    expect(metrics).toContain('sluice_gateway_refused_total');
    expect(collected).toContain('resourceSpans');
    const sent = told(stage.provider);
    if (privacy.action === 'Block') {
      expect(sent).toBe('[]');
      expect(records).not.toContain('"sluice.outcome":"success"');
    } else {
      for (const word of ['success', 'upstream_4xx']) expect(records).toContain(`"sluice.outcome":"${word}"`);
      expect(samples).toContain('[EMAIL');
      expect(collected).toContain('resourceLogs');
    }
    if (privacy.redact !== undefined && privacy.action === undefined) expect(isPlanted(sent)).toEqual([]);
  },
);
