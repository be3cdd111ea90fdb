import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { manualTimers } from '../../../lib/manual-timers.ts';
import { type OtlpClient, otlpClient } from './client.ts';
import type { OtlpSettings } from './settings.ts';

type Answer = { status: number; headers?: Record<string, string>; body?: string };

let server: Server;
let client: OtlpClient;
let answers: Answer[];
let seen: { request: IncomingMessage; body: Buffer }[];
let said: { fields: object; message: string }[];
const timers = manualTimers();

beforeEach(async () => {
  [answers, seen, said] = [[], [], []];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ request, body: Buffer.concat(chunks) });
    const { status, headers = {}, body = '{}' } = answers.shift() ?? { status: 200 };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

function start(over: Partial<OtlpSettings> = {}): OtlpClient {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  const say = (fields: object, message: string) => void said.push({ fields, message });
  client = otlpClient(
    {
      urls: { traces: url, metrics: url },
      headers: { authorization: 'Bearer planted' },
      gzip: false,
      timeoutMs: 10_000,
      metricsEachMs: 1,
      resource: {},
      sample: 1,
      tellProviders: false,
      ...over,
    },
    { debug: say, info: say, warn: say, error: say },
    timers,
  );
  return client;
}

/** Resolves when `promise` has, and turns the clock on meanwhile. */
async function turning<T>(promise: Promise<T>, ms = 60_000): Promise<T> {
  let done = false;
  promise.finally(() => {
    done = true;
  });
  while (!done) {
    await timers.advance(ms);
  }
  return promise;
}

test('what is passing is tried again; what is not is lost, counted, and said once without secrets', async () => {
  const { post } = start();
  answers = [{ status: 503 }, { status: 429, headers: { 'retry-after': '3' } }, { status: 200 }];
  expect(await turning(post('traces', '{}', 7))).toBe(0);
  expect(seen).toHaveLength(3);
  expect(seen[0]!.request.headers).toMatchObject({
    authorization: 'Bearer planted',
    'content-type': 'application/json',
  });

  answers = [{ status: 400 }, { status: 401 }];
  expect(await turning(post('traces', '{}', 7))).toBe(7);
  expect(await turning(post('traces', '{}', 7))).toBe(7);
  expect(seen).toHaveLength(5);
  expect(await turning(post('traces', '{}', 7))).toBe(0);
  expect(said).toEqual([
    {
      fields: { signal: 'traces', error: 'status 400' },
      message: 'telemetry is lost: the collector did not take it',
    },
    { fields: { signal: 'traces' }, message: 'the collector takes telemetry again' },
  ]);
  expect(JSON.stringify(said)).not.toContain('planted');
});

test('a collector that stays away is given up after some tries, and metrics at once', async () => {
  const { post } = start();
  answers = Array.from({ length: 20 }, () => ({ status: 502 }));
  expect(await turning(post('traces', '{}', 7))).toBe(7);
  expect(seen).toHaveLength(5);
  expect(await turning(post('metrics', '{}', 1))).toBe(1);
  expect(seen).toHaveLength(6);
  server.closeAllConnections();
  server.close();
  expect(await turning(post('traces', '{}', 2))).toBe(2);
});

test('what a collector says that it rejected is counted', async () => {
  const { post } = start();
  const body = JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } });
  answers = [
    { status: 200, body },
    { status: 200, body: 'no JSON' },
  ];
  expect(await turning(post('traces', '{}', 7))).toBe(3);
  expect(await turning(post('traces', '{}', 7))).toBe(0);
});

test('a body is sent packed where that is asked for', async () => {
  const { post } = start({ gzip: true });
  await turning(post('traces', '{"a":"packed"}', 1));
  expect(seen[0]!.request.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(seen[0]!.body).toString()).toBe('{"a":"packed"}');
});

test('at the end nothing is tried again, and what hangs is broken off', async () => {
  const hanging = start();
  server.removeAllListeners('request');
  const asked = new Promise((resolve) => server.once('request', resolve));
  const post = hanging.post('traces', '{}', 4);
  await asked;
  hanging.end(1_000);
  expect(await turning(post)).toBe(4);

  answers = [{ status: 503 }];
  expect(await hanging.post('traces', '{}', 4)).toBe(4);
});
