import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import { startControllers } from '../../src/controllers/controllers.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { silentLog } from '../../src/lib/log.ts';
import { memoryStore } from '../../src/store/memory.ts';

/** The processes of `bench:gateway`, one each: this file is started with the part's name and its arguments. */
const [part, ...args] = process.argv.slice(2);

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello there, how may I help?', refusal: null },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 40, completion_tokens: 9, total_tokens: 49 },
});
const BODY = JSON.stringify({
  model: 'triage',
  user: 'u',
  messages: [{ role: 'user', content: 'I was charged twice this month.' }],
});

if (part === 'provider')
  say(
    createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
        response.end(ANSWER);
      });
    }),
  );
if (part === 'bare') bare(args[0]!);
if (part === 'sluice') await sluice(args[0]!);
if (part === 'load') await load(args[0]!, Number(args[1]));

function say(server: ReturnType<typeof createServer>): void {
  server.listen(0, '127.0.0.1', () =>
    process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
  );
}

/** The least that a gateway can do: parse the request, write it again, pass the answer on. */
function bare(provider: string): void {
  const pool = new Pool(provider, { connections: 64, pipelining: 1 });
  say(
    createServer(async (request, response) => {
      const body = JSON.parse((await read(request)).toString('utf8')) as object;
      const answer = await pool.request({
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, model: 'm' }),
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      response.writeHead(answer.statusCode, {
        'content-type': 'application/json',
        'content-length': bytes.length,
      });
      response.end(bytes);
    }),
  );
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The gateway with a split in force and everything accounted for; records go to a file that keeps nothing. */
async function sluice(provider: string): Promise<void> {
  const store = memoryStore();
  const local = { host: '127.0.0.1', port: 0 };
  const recordTo = createWriteStream('/dev/null');
  const gateway = await startGateway({
    source: store,
    listen: local,
    admin: local,
    replica: 'bench',
    recordTo,
  });
  const evidence = { read: async (uids: readonly string[]) => [gateway.evidence(uids)] };
  startControllers({ store, evidence, log: silentLog });
  const metadata = (name: string) => ({ name, namespace: 'support' });
  store.put({
    kind: 'ModelProvider',
    metadata: metadata('p'),
    spec: { dialect: 'OpenAI', baseURL: `${provider}/v1` },
  });
  store.put({
    kind: 'ModelRoute',
    metadata: metadata('fast'),
    spec: { backends: [{ name: 'b', providerRef: { name: 'p' }, model: 'm' }] },
  });
  const release = (content: string) =>
    store.put({
      kind: 'PromptRelease',
      metadata: metadata('triage'),
      spec: {
        routeRef: { name: 'fast' },
        prompt: { messages: [{ role: 'system', content }] },
        rollout: { steps: [{ weight: 25, minDuration: '24h' }] },
      },
    });
  const reached = (wanted: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (!wanted()) return;
        clearInterval(look);
        resolve();
      }, 10);
    });
  const weight = () => gateway.evidence().releases.map(({ serving }) => serving?.weight);
  release('You sort tickets. Answer in one word.');
  await reached(() => weight().length === 2);
  release('You sort tickets. Answer in two words.');
  await reached(() => weight().includes(25));
  process.stdout.write(`${gateway.url}\n`);
}

/** 16 connections that each send the next call when the last was answered. */
async function load(url: string, seconds: number): Promise<void> {
  const pool = new Pool(url, { connections: 16, pipelining: 1 });
  const end = performance.now() + seconds * 1000;
  const latencies: number[] = [];
  let failed = 0;
  const caller = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json' },
        body: BODY,
      });
      await body.dump();
      if (statusCode !== 200) failed++;
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  process.stdout.write(
    `${JSON.stringify({ calls: latencies.length, failed, p50: at(0.5), p99: at(0.99) })}\n`,
  );
  await pool.close();
}
