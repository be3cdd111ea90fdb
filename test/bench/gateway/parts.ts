import { hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { startControllers } from '../../../src/controllers/controllers.ts';
import type { Callers } from '../../../src/gateway/callers/caller.ts';
import { callersBy } from '../../../src/gateway/callers/callers.ts';
import { NOBODY } from '../../../src/gateway/callers/callers-file.ts';
import { startGateway } from '../../../src/gateway/gateway.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { ANSWER, CHUNK_MS, chunk, FORMAT } from './calls.ts';
import { putSplit } from './split.ts';
import { loadOpen, loadStreams } from './stream-load.ts';

/** The processes of `bench:gateway`, one each: this file is started with the part's name and its arguments. */
const [part, ...args] = process.argv.slice(2);

if (part === 'provider') provider();
if (part === 'bare') bare(args[0]!);
if (part === 'sluice') await sluice(args[0]!, JSON.parse(args[1]!) as SluiceAsked, args[2]);
if (part === 'streams') print(await loadStreams(JSON.parse(args[0]!)));
if (part === 'open') await loadOpen(JSON.parse(args[0]!), print);

function print(value: unknown): void {
  process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
}

function say(server: ReturnType<typeof createServer>): void {
  server.listen(0, '127.0.0.1', 4_096, () =>
    print(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  );
}

/** Answers at once, or in the number of chunks that `user` asks for. */
function provider(): void {
  const server = createServer(async (request, response) => {
    // Some look first whether anybody is there.
    const { stream, messages } = JSON.parse((await read(request)).toString('utf8') || '{}') as {
      stream?: boolean;
      messages?: { content: string }[];
    };
    if (stream) return streamed(response, FORMAT.exec(messages?.at(-1)?.content ?? '')?.groups);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
    response.end(ANSWER);
  });
  server.keepAliveTimeout = 600_000;
  say(server);
}

function streamed(response: ServerResponse, asked: Record<string, string> | undefined): void {
  const [chunks, everyMs] = [Number(asked?.chunks ?? 20), Number(asked?.ms ?? CHUNK_MS)];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const next = () => {
    response.write(chunk(sent));
    if (++sent < chunks) return;
    clearInterval(timer);
    response.end('data: [DONE]\n\n');
  };
  const timer = setInterval(next, everyMs);
  response.on('close', () => clearInterval(timer));
  next();
}

/** The least that a gateway can do: parse the request, write it again, pass the answer on. */
function bare(upstream: string): void {
  const pool = new Pool(upstream, { connections: 4_096, pipelining: 1 });
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await read(request)).toString('utf8')) as { stream?: boolean };
    const answer = await pool.request({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, model: 'm' }),
    });
    if (body.stream) {
      response.writeHead(answer.statusCode, { 'content-type': 'text/event-stream' });
      answer.body.pipe(response);
      return;
    }
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    response.writeHead(answer.statusCode, {
      'content-type': 'application/json',
      'content-length': bytes.length,
    });
    response.end(bytes);
  });
  say(server);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const each of request) chunks.push(each as Buffer);
  return Buffer.concat(chunks);
}

/** What is asked of Sluice beside the split and the accounts. */
interface SluiceAsked {
  /** What is added to the route. */
  route?: object;
  /** The key that callers must have; absent where anybody may call. */
  key?: string;
}

/** One caller, by its key. */
function knownBy(key: string): Callers {
  const caller = { name: 'bench', namespaces: 'all' as const };
  const keys = new Map([[hash('sha256', key, 'hex'), caller]]);
  return { ...callersBy({ known: () => ({ ...NOBODY, keys }) }), stop() {} };
}

/**
 * The gateway with a split in force and everything accounted for; records go to `recordsTo`, if not said to a file that
 * keeps nothing. SIGTERM has it end what it does, and write down what it did.
 */
async function sluice(upstream: string, asked: SluiceAsked, recordsTo = '/dev/null'): Promise<void> {
  const { key, route = {} } = asked;
  const store = memoryStore();
  const local = { host: '127.0.0.1', port: 0 };
  const recordTo = createWriteStream(recordsTo);
  const gateway = await startGateway({
    source: store,
    listen: local,
    admin: local,
    replica: 'bench',
    recordTo,
    ...(key !== undefined && { callers: knownBy(key) }),
  });
  const evidence = { read: async (uids: readonly string[]) => [gateway.evidence(uids)] };
  const controllers = startControllers({ store, evidence, log: silentLog });
  process.once('SIGTERM', async () => {
    await controllers.stop();
    await gateway.stop();
  });
  await putSplit(store, upstream, route, async () => [gateway.evidence()]);
  print(gateway.url);
}
