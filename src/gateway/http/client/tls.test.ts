import { once } from 'node:events';
import { type AddressInfo, createServer as createTcp, type LookupFunction, type Socket } from 'node:net';
import {
  createServer,
  getCACertificates,
  type Server,
  setDefaultCACertificates,
  type TLSSocket,
} from 'node:tls';
import { Worker } from 'node:worker_threads';
import { jest } from '@jest/globals';
import { eventually } from '../../../../test/eventually.ts';
import { deadline } from '../../deadline.ts';
import { exchange } from '../../exchange.ts';
import { Pool } from './pool.ts';
import { requestHead, requestText } from './request-text.ts';

const pem = (what: string, lines: readonly string[]) =>
  `-----BEGIN ${what}-----\n${lines.join('\n')}\n-----END ${what}-----\n`;
/** Of `provider.example`, signed by itself, until 2120; made for this test, and known to everybody. */
const KEY = pem('PRIVATE KEY', [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvcLj7RyH6mvGLFWc',
  'vaaYo93ph5Bwy78GVn5N2UHos0KhRANCAATZY+yo6pwXwSxrmwtidctVXS9tcu9F',
  'zDdSABVHQy4P14NNAZvcxlG6jO6b6HM82RF0Qh7yzp+j8DpR52BlwX06',
]);
const CERTIFICATE = pem('CERTIFICATE', [
  'MIIBdzCCARygAwIBAgIBATAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBBwcm92aWRl',
  'ci5leGFtcGxlMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAbMRkw',
  'FwYDVQQDDBBwcm92aWRlci5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD',
  'QgAE2WPsqOqcF8Esa5sLYnXLVV0vbXLvRcw3UgAVR0MuD9eDTQGb3MZRuozum+hz',
  'PNkRdEIe8s6fo/A6UedgZcF9OqNPME0wGwYDVR0RBBQwEoIQcHJvdmlkZXIuZXhh',
  'bXBsZTAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSWvHbV5BUNB2G2CBdmW8K5',
  'A70nxzAKBggqhkjOPQQDAgNJADBGAiEApsf6oePCJXhr+f9TJjXDeuxXf9KQMEXa',
  'uYRWy49qELsCIQCFJuZFEv/Yr1EsaAAGP6mnW07GFCp3Qa9NxgA/kX2kPw==',
]);

let server: Server;
let sockets: TLSSocket[];
let reused: boolean[];
let heard: string;
let answer: (socket: TLSSocket) => void;
const pools: Pool[] = [];
const usual = getCACertificates('default');

beforeEach(async () => {
  sockets = [];
  reused = [];
  heard = '';
  answer = (socket) => void socket.write(OK);
  server = createServer({ key: KEY, cert: CERTIFICATE, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    sockets.push(socket);
    reused.push(socket.isSessionReused());
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += String(bytes);
      answer(socket);
    });
  });
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  setDefaultCACertificates([...usual, CERTIFICATE]);
});
afterEach(async () => {
  await Promise.all(pools.map((each) => each.close()));
  pools.length = 0;
  setDefaultCACertificates(usual);
  server.close();
});

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

function poolTo(name: string, port = (server.address() as AddressInfo).port): Pool {
  const here: LookupFunction = (_host, { all }, done) =>
    all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  const pool = new Pool(`https://${name}:${port}`, 10, here);
  pools.push(pool);
  return pool;
}

async function ask(pool: Pool, clock = deadline(60_000)) {
  const head = requestHead('/', pool.host, { authorization: 'Bearer k' });
  try {
    return await exchange(pool, requestText(head, '{}'), clock);
  } finally {
    clock.done();
  }
}

async function said(pool: Pool): Promise<string> {
  return Buffer.concat(await Array.fromAsync((await ask(pool)).body)).toString();
}

test('a provider is spoken to by its name and in HTTP/1.1, and the connection is used again', async () => {
  const pool = poolTo('provider.example');
  expect(await said(pool)).toBe('ok');
  expect(await said(pool)).toBe('ok');
  expect(sockets).toHaveLength(1);
  expect(sockets[0]).toMatchObject({ servername: 'provider.example', alpnProtocol: 'http/1.1' });
});

test('an answer that is there before this process has heard that its request is out keeps its connection', async () => {
  const quick = new Worker(
    `const { parentPort, workerData: { ok, ...options } } = require('node:worker_threads');
    const server = require('node:tls').createServer(options, (socket) => socket.on('data', () => socket.write(ok)));
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: { ok: OK, key: KEY, cert: CERTIFICATE } },
  );
  const pool = poolTo('provider.example', (await once(quick, 'message'))[0] as number);
  for (let n = 0; n < 2; n++) {
    const answered = said(pool);
    // What else there is to do in this turn takes longer than the provider.
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50));
    expect(await answered).toBe('ok');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { size } = pool;
  await pool.close();
  await quick.terminate();
  expect(size).toBe(1);
});

test('the next connection is shaken hands on as the first was', async () => {
  const pool = poolTo('provider.example');
  answer = (socket) => void socket.end(OK);
  for (let n = 0; n < 3; n++) {
    expect(await said(pool)).toBe('ok');
    await eventually('it is closed', () => pool.size === 0);
  }
  expect(reused).toEqual([false, true, true]);
});

test('a certificate that nobody vouches for, or of another name, is told no key', async () => {
  await expect(ask(poolTo('other.example'))).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  await expect(ask(poolTo('127.0.0.1'))).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  setDefaultCACertificates(usual);
  await expect(ask(poolTo('provider.example'))).rejects.toMatchObject({
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  await eventually('all are closed', () => pools.every((each) => each.size === 0));
  expect(heard).toBe('');
});

test('a provider that speaks no TLS is said to', async () => {
  const plain = createTcp((socket) => socket.end(OK));
  await once(plain.listen(0, '127.0.0.1'), 'listening');
  const pool = poolTo('provider.example', (plain.address() as AddressInfo).port);
  await expect(ask(pool)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SSL_|^EPROTO$/) });
  plain.close();
});

test('one that takes the connection and shakes no hands is given up after ten seconds, or when the call is', async () => {
  const taken: Socket[] = [];
  const silent = createTcp((socket) => void taken.push(socket.on('error', () => {})));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const pool = poolTo('provider.example', (silent.address() as AddressInfo).port);
  jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'queueMicrotask', 'setImmediate', 'Date'] });
  const slow = ask(pool);
  slow.catch(() => {});
  while (taken.length < 1) await new Promise((resolve) => setImmediate(resolve));
  jest.advanceTimersByTime(9_999);
  expect(pool.size).toBe(1);
  jest.advanceTimersByTime(1);
  await expect(slow).rejects.toMatchObject({
    code: 'CONNECT_TIMEOUT',
    message: 'no connection within 10000 ms',
  });
  jest.useRealTimers();

  const clock = deadline(60_000);
  const given = ask(pool, clock);
  given.catch(() => {});
  await eventually('it connects', () => taken.length === 2);
  clock.cancel();
  await expect(given).rejects.toMatchObject({ why: 'cancelled' });
  await eventually('both are closed', () => pool.size === 0);
  for (const socket of taken) socket.destroy();
  silent.close();
});

test('an answer that is read slowly waits, and comes whole', async () => {
  const size = 20_000_000;
  answer = (socket) =>
    void socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`);
  const pool = poolTo('provider.example');
  const { body } = await ask(pool);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(sockets[0]!.writableLength).toBeGreaterThan(1_000_000);
  let read = 0;
  for await (const chunk of body) read += chunk.length;
  expect(read).toBe(size);
  answer = (socket) => void socket.write(OK);
  expect(await said(pool)).toBe('ok');
  expect(sockets).toHaveLength(1);
});

test('the process can end while a connection is free', async () => {
  const pool = poolTo('provider.example');
  expect(await said(pool)).toBe('ok');
  const held = () => process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
  const before = held();
  await eventually('it is let go', () => held() < before);
  expect(await said(pool)).toBe('ok');
  expect(held()).toBe(before);
});
