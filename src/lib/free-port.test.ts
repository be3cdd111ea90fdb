import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from './free-port.ts';

test('a port that can be listened on, and is none that the system gives by itself', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(32_768);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

test('one that is in use is not given', async () => {
  const taken = await freePort();
  const server = createServer().listen(taken, '127.0.0.1');
  await once(server, 'listening');
  const draws = [(taken - 20_000 + 0.5) / 12_000, 0.25];
  expect(await freePort('127.0.0.1', () => draws.shift() ?? Math.random())).not.toBe(taken);
  expect(draws).toEqual([]);
  server.close();
});

test('where nobody can listen, that is said', async () => {
  // An address for documentation only (RFC 5737).
  await expect(freePort('192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
});
