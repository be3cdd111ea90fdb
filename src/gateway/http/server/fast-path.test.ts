import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { CALLER_LIMITS, type CallerLimits } from '../../limits.ts';
import type { CallerRequest, CallerResponse } from './caller.ts';
import { guardConnections } from './connections.ts';
import { type FastPath, fastPath, MOST_WAITING } from './fast-path.ts';
import { close, listen, urlOf } from './listening.ts';

type Serve = (request: CallerRequest, response: CallerResponse, body: Buffer) => void;

interface Scene {
  server: Server;
  fast?: FastPath;
  /** Requests that `node:http` has read. */
  slow: () => number;
  open: () => Promise<Socket>;
}

const scenes: Scene[] = [];
afterEach(async () => {
  await Promise.all(scenes.splice(0).map(({ server, fast }) => close(server, 0, fast)));
});

const echo: Serve = (request, response, body) => {
  const { method, url } = request;
  const text = JSON.stringify({ method, url, 'x-a': request.headers['x-a'], body: body.toString('latin1') });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
};

async function started(serve: Serve = echo, over: Partial<CallerLimits> = {}, isFast = true): Promise<Scene> {
  const limits = { ...CALLER_LIMITS, ...over };
  let slow = 0;
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
      keepAliveTimeout: limits.idleMs,
    },
    (request: IncomingMessage, response) => {
      slow++;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => serve(request, response, Buffer.concat(chunks)));
    },
  );
  guardConnections(server, limits);
  const fast = isFast
    ? fastPath(server, (request, response) => serve(request, response, request.body), limits)
    : undefined;
  await listen(server, { host: '127.0.0.1', port: 0 });
  const scene = {
    server,
    ...(fast && { fast }),
    slow: () => slow,
    async open() {
      const socket = connect(Number(new URL(urlOf(server)).port), '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    },
  };
  scenes.push(scene);
  return scene;
}

const call = (body: string, ...lines: string[]) =>
  [`POST /v1 HTTP/1.1`, 'host: g', ...lines, `content-length: ${body.length}`, '', body].join('\r\n');

/** What comes over `socket` until `enough`, or its end. */
async function received(socket: Socket, enough: (text: string) => boolean = () => false): Promise<string> {
  let text = '';
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text += (chunk as Buffer).toString('latin1');
      if (enough(text)) break;
    }
  } catch {
    // A connection that is cut is one that has ended.
  }
  return text;
}

const answers = (n: number) => (text: string) => text.split('HTTP/1.1 ').length > n && text.endsWith('}');

test('usual calls are served without node:http, one after the other over one connection', async () => {
  const { open, slow } = await started();
  const socket = await open();
  for (const body of ['one', '']) {
    socket.write(call(body, 'x-a: b'));
    const text = await received(socket, answers(1));
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
    expect(text).toMatch(/\r\nconnection: keep-alive\r\nkeep-alive: timeout=75\r\n/);
    expect(text).toContain(`"x-a":"b","body":"${body}"}`);
  }
  expect(slow()).toBe(0);
  socket.destroy();
});

test('what fetch asks is usual, and so what the clients of providers ask', async () => {
  const { server, slow } = await started();
  const body = JSON.stringify({ model: 'caf\u00e9' });
  const answer = await fetch(`${urlOf(server)}/v1`, { method: 'POST', body });
  expect(await answer.json()).toMatchObject({ url: '/v1', body: Buffer.from(body).toString('latin1') });
  expect(slow()).toBe(0);
});

test('a body that comes later is waited for, in however many pieces', async () => {
  const { open, slow } = await started();
  const socket = await open();
  socket.setNoDelay(true);
  const text = call('hello');
  const head = text.indexOf('\r\n\r\n') + 4;
  for (const piece of [text.slice(0, head), ...'hello']) {
    socket.write(piece);
    await turn();
  }
  expect(await received(socket, answers(1))).toContain('"body":"hello"');
  expect(slow()).toBe(0);
  socket.destroy();
});

test('what is not usual is for node:http, and so is its connection from there on', async () => {
  const { open, slow } = await started();
  const socket = await open();
  socket.write(call('1'));
  await received(socket, answers(1));
  socket.write('GET /a HTTP/1.1\r\nhost: g\r\n\r\n');
  expect(await received(socket, answers(1))).toContain('"method":"GET","url":"/a"');
  expect(slow()).toBe(1);
  socket.write(call('3'));
  expect(await received(socket, answers(1))).toContain('"body":"3"');
  expect(slow()).toBe(2);
  socket.write('nonsense\r\n\r\n');
  expect(await received(socket)).toMatch(/^HTTP\/1\.1 400 /);
});

const requests = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.nat(40).map((n) => call('x'.repeat(n))) },
    fc.constantFrom(
      'GET /a HTTP/1.1\r\nhost: g\r\n\r\n',
      call('1', 'x-a: 1', 'x-a: 2'),
      'POST / HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      `\r\n${call('2')}`,
      call('x'.repeat(300_000)),
    ),
  ),
  { minLength: 1, maxLength: 4 },
);

test('callers are answered the same as by node:http alone, whatever they ask and wherever it is cut', async () => {
  const [fast, plain] = [await started(), await started(echo, {}, false)];
  const answered = async ({ open }: Scene, pieces: string[], waits: boolean, n: number) => {
    const socket = await open();
    socket.setNoDelay(true);
    const text = received(socket, answers(n));
    for (const piece of pieces) {
      socket.write(piece, 'latin1');
      if (waits) await turn();
    }
    const got = await text;
    socket.destroy();
    return got.match(/HTTP\/1\.1 \d+|\{.*?\}/g);
  };
  await fc.assert(
    fc.asyncProperty(
      requests,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      fc.boolean(),
      async (all, cuts, waits) => {
        const text = all.join('');
        const at = [
          0,
          ...cuts.map((cut) => Math.floor(cut * text.length)).sort((a, b) => a - b),
          text.length,
        ];
        const pieces = at
          .slice(1)
          .map((end, n) => text.slice(at[n], end))
          .filter((piece) => piece !== '');
        const [one, other] = await Promise.all(
          [fast, plain].map((each) => answered(each, pieces, waits, all.length)),
        );
        expect(one).toEqual(other);
        expect(one).toHaveLength(2 * all.length);
      },
    ),
    { numRuns: 150 },
  );
  expect(fast.slow()).toBeLessThan(plain.slow());
});

test('a stream is chunks that a client puts together, and waits for a caller who reads slowly', async () => {
  const piece = Buffer.alloc(64 * 1024, 'x');
  let drained = 0;
  const { server, slow } = await started(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('first');
    response.write('');
    for (let n = 0; n < 64; n++) {
      if (response.write(piece)) continue;
      await once(response, 'drain');
      drained++;
    }
    response.end('last');
  });
  const asked = request(urlOf(server), { method: 'POST', headers: { 'content-length': 0 }, agent: false });
  asked.setHeader('connection', 'keep-alive');
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('latin1')) {
    text += chunk;
    await turn();
  }
  expect(text).toBe(`first${'x'.repeat(64 * piece.length)}last`);
  expect(drained).toBeGreaterThan(0);
  expect(slow()).toBe(0);
  asked.destroy();
});

test('whoever serves a call hears that its caller has gone, and when all is on its way', async () => {
  const heard: string[] = [];
  const closed = Promise.withResolvers<void>();
  const { open } = await started((_request, response, body) => {
    response.once('close', () => {
      heard.push(`${body} ${response.writableFinished} ${response.destroyed}`);
      if (heard.length === 4) closed.resolve();
    });
    if (body.toString() === 'answer') response.writeHead(204).end();
    else if (body.toString() === 'cut') response.destroy();
  });
  const socket = await open();
  socket.write(call('answer'));
  await received(
    socket,
    (text) => text.startsWith('HTTP/1.1 204 No Content\r\n') && text.endsWith('\r\n\r\n'),
  );
  socket.write(call('wait'));
  socket.resetAndDestroy();
  const half = await open();
  half.end(call('half'));
  expect(await received(half)).toBe('');
  (await open()).write(call('cut'));
  await closed.promise;
  expect(heard.sort()).toEqual(['answer true false', 'cut false true', 'half false true', 'wait false true']);
});

test('what is sent ahead of an answer is answered after it, or ends the call where it is no request', async () => {
  const waiting: CallerResponse[] = [];
  const { open, slow } = await started((request, response, body) => {
    if (body.toString() === 'wait') waiting.push(response);
    else echo(request, response, body);
  });
  const ahead = await open();
  ahead.write(call('wait'));
  while (waiting.length < 1) await turn();
  ahead.write('PO');
  await turn();
  // More than is kept: the caller has to wait.
  ahead.write(`${call('x').slice(2)}${call('y'.repeat(200_000))}`);
  const got = received(ahead, answers(3));
  for (let n = 0; n < 20; n++) await turn();
  expect(slow()).toBe(0);
  waiting[0]!.writeHead(200, { 'content-length': 2 }).end('{}');
  expect((await got).match(/"body":"y+"|"body":"x"/g)?.map((each) => each.length)).toEqual([10, 200_009]);
  ahead.destroy();

  const nonsense = await open();
  nonsense.write(call('wait'));
  while (waiting.length < 2) await turn();
  nonsense.write('no HTTP\r\n\r\n');
  expect(await received(nonsense)).toBe('');
});

test('nothing can be put into the head of an answer', async () => {
  const errors: unknown[] = [];
  const { open } = await started((_request, response) => {
    for (const [name, value] of [
      ['x', 'a\r\nset-cookie: b'],
      ['x: y\r\nz', 'a'],
      ['x', 'a\0'],
      ['x', '\u20ac'],
      ['', 'a'],
    ] as const) {
      try {
        response.writeHead(200, { [name]: value });
      } catch (error) {
        errors.push(error);
      }
    }
    response.writeHead(200, { x: 'caf\xe9', 'content-length': 2 }).end(Buffer.from('{}'));
  });
  const socket = await open();
  socket.write(call(''));
  expect(await received(socket, answers(1))).toMatch(/^HTTP\/1\.1 200 OK\r\nx: caf\xe9\r\n/);
  expect(errors).toHaveLength(5);
  socket.destroy();
});

test.each<[string, string, Partial<CallerLimits>, RegExp]>([
  ['a connection that says nothing', '', { headersMs: 30 }, /^HTTP\/1\.1 408 /],
  ['a body that does not come', call('hello').slice(0, -1), { requestMs: 30 }, /^HTTP\/1\.1 408 /],
  ['a connection that is not used any more', call(''), { idleMs: 30 }, /^HTTP\/1\.1 200 [\s\S]*\}$/],
])('%s is ended', async (_name, bytes, limits, answer) => {
  const { open } = await started(echo, { checkMs: 10, ...limits });
  const socket = await open();
  socket.write(bytes);
  expect(await received(socket)).toMatch(answer);
});

test('a body that is broken off with half the connection is refused', async () => {
  const { open } = await started();
  const socket = await open();
  socket.end(call('hello').slice(0, -1));
  expect(await received(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test('an answer that nobody takes is given up', async () => {
  const closed = Promise.withResolvers<boolean>();
  const { open } = await started(
    (_request, response) => {
      response.once('close', () => closed.resolve(response.writableFinished));
      response.writeHead(200, { 'content-length': 64 * 1024 * 1024 }).end(Buffer.alloc(64 * 1024 * 1024));
    },
    { takingMs: 30 },
  );
  const socket = await open();
  socket.pause();
  socket.write(call(''));
  expect(await closed.promise).toBe(false);
  socket.destroy();
});

test('a server that closes closes what is idle, and lets calls under way be answered', async () => {
  let answer: CallerResponse | undefined;
  const scene = await started((_request, response) => {
    answer = response;
  });
  const [idle, busy] = [await scene.open(), await scene.open()];
  busy.write(call('wait'));
  while (answer === undefined) await turn();
  const ended = close(scene.server, 600_000, scene.fast);
  expect(await received(idle)).toBe('');
  answer.writeHead(200, { 'content-length': 2 }).end('{}');
  expect(await received(busy)).toMatch(/\r\nconnection: close\r\n[\s\S]*\{\}$/);
  await ended;
  scenes.pop();
});

test('a server that closes waits for the rest of a call that has begun to come, as node:http does', async () => {
  for (const isFast of [true, false]) {
    const { server, fast, open } = await started(echo, {}, isFast);
    const socket = await open();
    socket.write(call('hello').slice(0, -3));
    for (let n = 0; n < 10; n++) await turn();
    const ended = close(server, 600_000, fast);
    socket.write('llo');
    expect(await received(socket)).toMatch(/^HTTP\/1\.1 200 [\s\S]*"body":"hello"\}$/);
    await ended;
    scenes.pop();
  }
});

test('after the last answer over a connection nothing more is served', async () => {
  const served: string[] = [];
  let waiting: CallerResponse | undefined;
  const { open, fast, slow } = await started((_request, response, body) => {
    served.push(body.toString());
    if (body.toString() === 'wait') waiting = response;
    else if (body.toString() === 'go') {
      fast!.close();
      waiting!.writeHead(204).end();
      response.writeHead(204).end();
    }
  });
  const [busy, other] = [await open(), await open()];
  busy.write(call('wait'));
  while (waiting === undefined) await turn();
  // With nothing else about to be read, both come in one turn: the next call as soon as the answer before it is out.
  await wait(20);
  other.write(call('go'));
  busy.write(call('again'));
  expect(await received(busy)).toMatch(/^HTTP\/1\.1 204 /);
  expect(served).toEqual(['wait', 'go']);
  expect(slow()).toBe(0);
  other.destroy();
});

test('an answer that is over does nothing to the next one over its connection', async () => {
  const answers: CallerResponse[] = [];
  const { open } = await started((_request, response) => {
    answers.push(response);
  });
  const socket = await open();
  socket.write(call('1'));
  while (answers.length < 1) await turn();
  answers[0]!.writeHead(204).end();
  await received(socket, (text) => text.endsWith('\r\n\r\n'));
  socket.write(call('2'));
  while (answers.length < 2) await turn();
  answers[0]!.destroy();
  answers[1]!.writeHead(204).end();
  expect(await received(socket, (text) => text.endsWith('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 204 /);
  socket.destroy();
});

test.each<[string, string, boolean]>([
  ['half a call', call('hello').slice(0, -1), true],
  ['no HTTP', 'nonsense\r\n\r\n', true],
  ['no HTTP, to node:http alone', 'nonsense\r\n\r\n', false],
  ['a call of a proxy', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n', false],
])('a refusal that nobody takes is given up: %s', async (_name, bytes, isFast) => {
  const limits = { requestMs: 20, checkMs: 10, takingMs: 50 };
  const { server } = await started(echo, limits, isFast);
  const stuck = new Duplex({ read() {}, write() {} });
  const closed = once(stuck, 'close');
  server.emit('connection', stuck);
  stuck.push(bytes);
  await closed;
});

test('of calls that do not come whole no more are kept than there is room for: node:http refuses their callers unread', async () => {
  const { open, slow } = await started();
  const half = call('hello').slice(0, -1);
  const sockets: Socket[] = [];
  const begin = async () => {
    const socket = await open();
    socket.write(half);
    sockets.push(socket);
    for (let n = 0; n < 3; n++) await turn();
  };
  while (sockets.length < MOST_WAITING) await begin();
  expect(slow()).toBe(0);
  await begin();
  expect(slow()).toBe(1);
  // One that has come leaves its room to another, and so does one that breaks off.
  sockets[0]!.write('o');
  expect(await received(sockets[0]!, answers(1))).toContain('"body":"hello"');
  sockets[1]!.destroy();
  for (let n = 0; n < 5; n++) await turn();
  await begin();
  await begin();
  expect(slow()).toBe(1);
  await begin();
  expect(slow()).toBe(2);
  for (const socket of sockets) socket.destroy();
});
