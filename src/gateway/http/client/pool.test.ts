import { lookup } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction, type Server, type Socket } from 'node:net';
import { eventually } from '../../../../test/eventually.ts';
import { deadline } from '../../deadline.ts';
import { exchange } from '../../exchange.ts';
import { Pool } from './pool.ts';
import { requestHead, requestText } from './request-text.ts';

/** A provider that says what it is told to, byte by byte. */
let server: Server;
let sockets: Set<Socket>;
let opened: number;
let pool: Pool;
/** What is done for a request, of which all or the first part has come. */
let answer: (socket: Socket, said: string) => void;
const pools: Pool[] = [];

beforeEach(async () => {
  sockets = new Set();
  opened = 0;
  answer = (socket) => void socket.write(OK);
  server = createServer((socket) => {
    opened++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => answer(socket, bytes.toString('latin1')));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  pool = poolTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await Promise.all(pools.map((each) => each.close()));
  pools.length = 0;
  await eventually('no connection is left', () => sockets.size === 0);
  server.close();
});

function poolTo(origin: string, most = 100, by: LookupFunction = lookup as LookupFunction): Pool {
  const made = new Pool(origin, most, by);
  pools.push(made);
  return made;
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const turn = () => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One exchange, whose clock is handed out. */
function ask(over = pool, body = '{}') {
  const clock = deadline(20_000);
  const text = requestText(requestHead('/', over.host, {}), body);
  const answered = exchange(over, text, clock).finally(() => clock.done());
  answered.catch(() => {});
  return { clock, answered };
}

async function said(over = pool, body = '{}'): Promise<string> {
  const { body: answered } = await ask(over, body).answered;
  return Buffer.concat(await Array.fromAsync(answered)).toString();
}

describe('a connection', () => {
  test('is used again, one after another or after a while', async () => {
    for (let n = 0; n < 20; n++) expect(await said()).toBe('ok');
    await pause(20);
    expect(await said()).toBe('ok');
    expect({ opened, size: pool.size }).toEqual({ opened: 1, size: 1 });
  });

  test('is one exchange’s own: as many are opened as are needed, and those go on', async () => {
    const many = () => Promise.all(Array.from({ length: 8 }, () => said()));
    expect(await many()).toEqual(Array(8).fill('ok'));
    await many();
    expect({ opened, size: pool.size }).toEqual({ opened: 8, size: 8 });
  });

  test.each([
    ['that says it closes', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'],
    ['on which more comes than was announced', `${OK}HTTP/1.1 200 OK\r\n`],
    [
      'whose server keeps it for less than a request takes',
      OK.replace('content', 'keep-alive: timeout=1\r\ncontent'),
    ],
  ])('%s is not used again', async (_name, text) => {
    answer = (socket) => void socket.write(text);
    expect(await said()).toBe('ok');
    expect(await said()).toBe('ok');
    expect(opened).toBe(2);
    await eventually('the first ones are closed', () => sockets.size === 0);
  });

  test('on which something comes while it is free is closed, and what comes is no answer', async () => {
    expect(await said()).toBe('ok');
    const [free] = sockets;
    free!.write(OK.replace('ok', 'no'));
    await eventually('it is closed', () => pool.size === 0);
    expect(await said()).toBe('ok');
    expect(opened).toBe(2);
  });

  test('that its server closes while it is free, or right after the answer, is not used', async () => {
    answer = (socket) => void socket.end(OK);
    expect(await said()).toBe('ok');
    expect(await said()).toBe('ok');
    await pause(20);
    expect(pool.size).toBe(0);
    expect(await said()).toBe('ok');
    expect(opened).toBe(3);
  });

  test('is closed when nobody has needed it for as long as its server keeps it', async () => {
    answer = (socket) => void socket.write(OK.replace('content', 'keep-alive: timeout=3\r\ncontent'));
    expect(await said()).toBe('ok');
    await pause(500);
    expect(pool.size).toBe(1);
    await eventually('it is closed', () => sockets.size === 0);
    expect(pool.size).toBe(0);
  });
});

describe('a call that is given up', () => {
  test('while it connects takes its connection along', async () => {
    const resolved = Promise.withResolvers<void>();
    const slow = poolTo('http://nowhere.example', 10, (_host, _options, done) => {
      void resolved.promise.then(() => done(null, [{ address: '127.0.0.1', family: 4 }]));
    });
    const { clock, answered } = ask(slow);
    await turn();
    expect(slow.size).toBe(1);
    clock.cancel();
    await expect(answered).rejects.toMatchObject({ why: 'cancelled' });
    await eventually('it is gone', () => slow.size === 0);
    resolved.resolve();
    await turn();
    expect(opened).toBe(0);
  });

  test.each([
    ['before the answer', ''],
    ['in its head', 'HTTP/1.1 200 OK\r\nconte'],
  ])('%s breaks its connection off', async (_name, text) => {
    let asked = 0;
    answer = (socket) => {
      asked++;
      socket.write(text);
    };
    const { clock, answered } = ask();
    await eventually('it is asked', () => asked === 1);
    clock.cancel();
    await expect(answered).rejects.toMatchObject({ why: 'cancelled' });
    await eventually('it is broken off', () => sockets.size === 0);
  });

  test('while it sends breaks its connection off', async () => {
    answer = (socket) => void socket.pause();
    const { clock, answered } = ask(pool, 'x'.repeat(20_000_000));
    await eventually('it sends', () => sockets.size === 1);
    clock.cancel();
    await expect(answered).rejects.toMatchObject({ why: 'cancelled' });
    answer = () => {};
    for (const socket of sockets) socket.resume();
    await eventually('it is broken off', () => sockets.size === 0);
  });

  test('in its body breaks its connection off, and the body', async () => {
    answer = (socket) => void socket.write(OK.slice(0, -1));
    const { clock, answered } = ask();
    const { body } = await answered;
    expect((await body[Symbol.asyncIterator]().next()).value).toEqual(Buffer.from('o'));
    const rest = Array.fromAsync(body);
    clock.cancel();
    await expect(rest).rejects.toMatchObject({ why: 'cancelled' });
    await eventually('it is broken off', () => sockets.size === 0);
  });

  test('by who does not read the rest breaks its connection off', async () => {
    answer = (socket) => void socket.write(OK.slice(0, -1));
    const { body } = await ask().answered;
    body.destroy();
    await eventually('it is broken off', () => sockets.size === 0);
    expect(pool.size).toBe(0);
  });

  test('while it waits leaves its place to the next', async () => {
    const one = poolTo(`http://${pool.host}`, 1);
    const asked: Socket[] = [];
    answer = (socket) => void asked.push(socket);
    const [first, second, third] = [ask(one), ask(one), ask(one)];
    await eventually('one is asked', () => asked.length === 1);
    second.clock.cancel();
    await expect(second.answered).rejects.toMatchObject({ why: 'cancelled' });
    asked[0]!.write(OK);
    expect((await first.answered).status).toBe(200);
    await eventually('the next is asked', () => asked.length === 2);
    asked[1]!.write(OK);
    expect((await third.answered).status).toBe(200);
    expect(opened).toBe(1);
  });
});

describe('exchanges that wait for a connection', () => {
  test('get one in their order, and no more than may be open', async () => {
    const two = poolTo(`http://${pool.host}`, 2);
    const order: string[] = [];
    answer = (socket, text) => {
      order.push(text.slice(-1));
      setTimeout(() => socket.write(OK), 2);
    };
    await Promise.all([...'abcdefgh'].map((each) => said(two, each)));
    expect(order.join('')).toBe('abcdefgh');
    expect(opened).toBe(2);
  });

  test('get a new one for each that breaks', async () => {
    const one = poolTo(`http://${pool.host}`, 1);
    let asked = 0;
    answer = (socket) => (++asked === 1 ? socket.destroy() : socket.end(OK));
    const [first, ...rest] = [ask(one), ask(one), ask(one)];
    await expect(first!.answered).rejects.toThrow();
    for (const each of rest) expect((await each.answered).status).toBe(200);
    expect(opened).toBe(3);
  });
});

describe('a provider', () => {
  test('that is not there is said to be refused', async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(ask().answered).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(ask(poolTo(`http://[::1]:${port}`)).answered).rejects.toMatchObject({
      code: expect.any(String),
    });
    await eventually('nothing is left', () => pool.size === 0);
  });

  test('whose name may not be resolved is said so', async () => {
    const none = poolTo('http://nowhere.example', 10, (_host, _options, done) =>
      done(new Error('it is not called'), '', 0),
    );
    await expect(ask(none).answered).rejects.toThrow('it is not called');
  });

  test('that closes in mid-answer, or before it, is said to', async () => {
    answer = (socket) => void socket.end();
    await expect(ask().answered).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      message: 'other side closed',
    });
    answer = (socket) => void socket.end(OK.slice(0, -1));
    await expect(said()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    answer = (socket) => {
      socket.write(OK.slice(0, -1));
      setTimeout(() => socket.resetAndDestroy(), 20);
    };
    await expect(said()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('that ends its answer with the connection is heard to the end', async () => {
    answer = (socket) => void socket.end('HTTP/1.0 200 OK\r\n\r\nHello');
    expect(await said()).toBe('Hello');
    await eventually('it is closed', () => pool.size === 0);
  });

  test('that speaks something else is said to, and is closed', async () => {
    answer = (socket) => void socket.write('220 mail.example.com ESMTP\r\n\r\n');
    await expect(ask().answered).rejects.toMatchObject({ code: 'BAD_ANSWER' });
    await eventually('it is closed', () => sockets.size === 0);
  });

  test('that says something before its answer is heard', async () => {
    answer = (socket) => void socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${OK}`);
    expect(await said()).toBe('ok');
    expect(await said()).toBe('ok');
    expect(opened).toBe(1);
  });

  test('is sent all of a long request', async () => {
    let heard = 0;
    answer = (socket, text) => {
      heard += text.length;
      if (text.endsWith('end')) socket.write(OK);
    };
    expect(await said(pool, `${'x'.repeat(10 * 1024 * 1024)}end`)).toBe('ok');
    expect(await said(pool, `${'é'.repeat(5 * 1024 * 1024)}end`)).toBe('ok');
    expect(heard).toBeGreaterThan(20 * 1024 * 1024);
    expect(opened).toBe(1);
  });

  test('that answers before it has heard all is heard, and its connection is not used again', async () => {
    answer = (socket) => {
      socket.pause();
      socket.write(OK);
    };
    expect(await said(pool, 'x'.repeat(20_000_000))).toBe('ok');
    answer = () => {};
    for (const socket of sockets) socket.resume();
    await eventually('it is closed', () => sockets.size === 0);
    answer = (socket) => void socket.end(OK.replace('200 OK', '413 Too Large'));
    expect((await ask(pool, 'x'.repeat(20_000_000)).answered).status).toBe(413);
  });

  test('whose answer is read slowly waits, and its connection goes on to the next when it is read', async () => {
    const size = 50_000_000;
    answer = (socket) =>
      void socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`);
    const { body } = await ask().answered;
    await pause(200);
    const [socket] = sockets;
    expect(socket!.writableLength).toBeGreaterThan(1_000_000);
    let read = 0;
    for await (const chunk of body) read += chunk.length;
    expect(read).toBe(size);
    answer = (each) => void each.write(OK);
    await turn();
    expect(await said()).toBe('ok');
    expect(opened).toBe(1);
  });
});

describe('a pool that is closed', () => {
  test('breaks off what it has and what waits, takes no more, and has closed every socket', async () => {
    const one = poolTo(`http://${pool.host}`, 1);
    answer = () => {};
    const all = [ask(one), ask(one)];
    await eventually('one is asked', () => sockets.size === 1);
    await one.close();
    expect(one.size).toBe(0);
    for (const each of [...all, ask(one)])
      await expect(each.answered).rejects.toMatchObject({ code: 'POOL_CLOSED' });
    await one.close();
  });

  test('closes free connections, and those that connect', async () => {
    expect(await said()).toBe('ok');
    await pool.close();
    expect(pool.size).toBe(0);
    const slow = poolTo('http://nowhere.example', 10, () => {});
    const { answered } = ask(slow);
    await turn();
    await slow.close();
    await expect(answered).rejects.toMatchObject({ code: 'POOL_CLOSED' });
  });
});

test('thousands of exchanges, of which many break, leave nothing behind', async () => {
  let n = 0;
  answer = (socket) => {
    n++;
    if (n % 7 === 0) return void socket.destroy();
    if (n % 11 === 0) return void socket.end(OK);
    if (n % 13 === 0) return void socket.write('nonsense\r\n\r\n');
    if (n % 17 === 0) return void socket.write(OK.slice(0, -1));
    socket.write(
      n % 3 === 0 ? 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n' : OK,
    );
  };
  const outcomes = { whole: 0, broken: 0, cut: 0 };
  const caller = async () => {
    for (let each = 0; each < 100; each++) {
      const { clock, answered } = ask();
      try {
        const { body } = await answered;
        const [first] = [await body[Symbol.asyncIterator]().next()];
        if (String(first.value) === 'ok') outcomes.whole++;
        else {
          outcomes.cut++;
          body.destroy();
        }
      } catch {
        outcomes.broken++;
      }
      clock.done();
    }
  };
  await Promise.all(Array.from({ length: 40 }, caller));
  expect(outcomes.whole + outcomes.broken + outcomes.cut).toBe(4_000);
  expect(outcomes.whole).toBeGreaterThan(2_500);
  expect(outcomes.broken).toBeLessThan(1_200);
  await eventually('only free ones are left', () => sockets.size === pool.size);
  expect(pool.size).toBeLessThanOrEqual(40);
});

test('a provider at an address of IPv6 is told whom the request is for', async () => {
  const six = createServer((socket) =>
    socket.once('data', (bytes) =>
      socket.end(`HTTP/1.1 200 OK\r\n\r\n${/host: (\S+)/.exec(String(bytes))?.[1]}`),
    ),
  );
  const listens = await new Promise((resolve) =>
    six.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true)),
  );
  if (!listens) return;
  const origin = `[::1]:${(six.address() as AddressInfo).port}`;
  expect(await said(poolTo(`http://${origin}`))).toBe(origin);
  six.close();
});
