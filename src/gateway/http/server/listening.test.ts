import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { close, listen, urlOf } from './listening.ts';

const ANSWER = Buffer.alloc(8 * 1024 * 1024, 'x');

async function served() {
  const server = createServer((_request, response) => response.end(ANSWER));
  await listen(server, { host: '127.0.0.1', port: 0 });
  const socket = connect(Number(new URL(urlOf(server)).port), '127.0.0.1');
  await once(socket, 'connect');
  return { server, socket };
}

test('a server that closes lets a caller who reads slowly have its answer whole', async () => {
  const { server, socket } = await served();
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  let read = 0;
  let closed: Promise<void> | undefined;
  for await (const chunk of socket) {
    read += (chunk as Buffer).length;
    closed ??= close(server, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(read).toBeGreaterThan(ANSWER.length);
  await closed;
});

test('connections that nobody asks anything over are closed at once, and what takes longer than the grace too', async () => {
  // Far longer than a test may take.
  const grace = 600_000;
  const silent = await served();
  await close(silent.server, grace);
  expect(silent.socket.destroyed || (await once(silent.socket, 'close'))).toBeTruthy();

  const idle = await served();
  idle.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  for (let read = 0; read < ANSWER.length; )
    read += ((await once(idle.socket, 'data')) as [Buffer])[0].length;
  await close(idle.server, grace);
  expect(idle.socket.destroyed || (await once(idle.socket, 'close'))).toBeTruthy();

  const slow = await served();
  slow.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(slow.socket, 'readable');
  await close(slow.server, 100);
  slow.socket.destroy();
});
