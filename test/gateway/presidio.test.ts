import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { presidio } from '../../src/gateway/privacy/presidio.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { told } from './echo-provider.ts';
import { type EchoStage, startEchoStage } from './echo-stage.ts';

const SAID = '\u{1f600} Jane Doe, jane.doe@example.com, \u{1f600}Jane Doe of Berlin';

let server: Server;
let url: string;
let asked: { text: string; language: string; entities: string[]; score_threshold: number }[];
let answer: (text: string, response: ServerResponse) => void;
let stage: EchoStage;
let logged: unknown[];

/** Finds names as Presidio does, whose places count code points. */
const analyze = (text: string, response: ServerResponse) => {
  const finds = ['Jane Doe', 'Berlin'].flatMap((name) =>
    [...text.matchAll(new RegExp(name, 'g'))].map(({ index }) => {
      const start = [...text.slice(0, index)].length;
      const entity_type = name === 'Berlin' ? 'LOCATION' : 'PERSON';
      return { entity_type, start, end: start + name.length, score: 0.85, analysis_explanation: null };
    }),
  );
  response.end(JSON.stringify(finds));
};

beforeEach(async () => {
  asked = [];
  logged = [];
  answer = analyze;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const said = JSON.parse(body);
    asked.push(said);
    if (request.url !== '/analyze') response.statusCode = 404;
    answer(said.text, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await stage?.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const start = async (over: Parameters<typeof startEchoStage>[0] = {}, timeout = '5s') => {
  const log: Log = { ...silentLog, error: (fields, message) => void logged.push({ ...fields, message }) };
  stage = await startEchoStage({ presidio: { url, entities: ['PERSON'], timeout }, ...over }, log);
};
const chat = (content: string, model = 'open') =>
  stage.client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
const answered = async (content: string, model?: string) =>
  (await chat(content, model)).choices[0]!.message.content;

test('what an analyzer finds is redacted beside what is found here, and once for all backends', async () => {
  await start({ redact: ['EMAIL'] });
  expect(await answered(`DOWN ${SAID}`, 'two')).toBe(`DOWN ${SAID}`);
  expect(told(stage.provider)).toContain('\u{1f600} [PERSON_1], [EMAIL_1], \u{1f600}[PERSON_1] of Berlin');
  expect(asked).toEqual([
    { text: expect.stringContaining(SAID), language: 'en', entities: ['PERSON'], score_threshold: 0 },
  ]);
  const metrics = await (await fetch(`${stage.gateway.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/private_total{.*found="PERSON",action="Redact"} 2/);
});

test('it is marked in records too, though the call is only counted', async () => {
  await start({ action: 'Count', logContent: 'Redacted' });
  expect(await answered(SAID)).toBe(SAID);
  const [record] = await stage.records();
  expect(record!['sluice.prompt.text']).toBe(
    'user: \u{1f600} [PERSON_1], [EMAIL], \u{1f600}[PERSON_1] of Berlin',
  );
  expect(record!['sluice.output.text']).toBe('\u{1f600} [PERSON_1], [EMAIL], \u{1f600}[PERSON_1] of Berlin');
});

test.each<[string, typeof answer, RegExp]>([
  [
    'fails',
    (_text, response) => void response.writeHead(500).end(SAID),
    /^Presidio at 127\.0\.0\.1:\d+: it answered 500$/,
  ],
  ['answers no JSON', (_text, response) => void response.end(SAID), /something else than JSON$/],
  ['answers no list', (_text, response) => void response.end('{}'), /something else than a list$/],
  ['hangs up', (_text, response) => void response.destroy(), /Presidio at/],
  ['takes too long', () => {}, /took longer than 50 ms$/],
  [
    'names a place beyond the text',
    (_text, response) => void response.end('[{"entity_type":"PERSON","start":0,"end":9999,"score":1}]'),
    /a place that the text does not have$/,
  ],
])('an analyzer that %s closes: nothing is sent, and the text is nowhere', async (_how, broken, reason) => {
  answer = broken;
  await start({}, broken.length === 0 ? '50ms' : '5s');
  await expect(chat(SAID)).rejects.toMatchObject({ status: 503, code: 'privacy_unavailable' });
  await expect(chat(SAID)).rejects.toMatchObject({ status: 503 });
  expect(stage.provider.asked).toEqual([]);
  // Once, however many calls are refused.
  expect(logged).toMatchObject([{ route: 'support/open', error: expect.stringMatching(reason) }]);
  expect(JSON.stringify([logged, await stage.records()])).not.toContain('Jane');
});

test('metadata services are not asked', () => {
  expect(() => presidio({ url: 'http://169.254.169.254', entities: ['PERSON'] })).toThrow(
    'link-local or metadata',
  );
});
