import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER, chunk } from '../gateway/calls.ts';

/** What is said in a call that the provider fails, and in one whose stream it never ends. */
export const FAIL = 'FAIL';
export const HANG = 'HANG';
/** Chunks of a stream that ends. */
const CHUNKS = 5;

/** A provider that answers at once, plain and in streams, but for what a call asks of it. */
export async function startProvider(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      if (text.includes(FAIL)) return void response.writeHead(503).end('{}');
      if (!text.includes('"stream":true')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        return void response.end(ANSWER);
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk(0));
      if (text.includes(HANG)) return;
      for (let at = 1; at < CHUNKS; at++) response.write(chunk(at));
      response.end(`${LAST}data: [DONE]\n\n`);
    });
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', 4_096);
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const LAST = `data: ${JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
})}\n\n`;
