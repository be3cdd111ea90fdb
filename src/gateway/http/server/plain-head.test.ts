import { createServer, type IncomingMessage } from 'node:http';
import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { plainHead } from './plain-head.ts';

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const read = (text: string) => plainHead(Buffer.from(text, 'latin1'));
const LINE = 'POST /v1/chat/completions HTTP/1.1';

test('a head that is written as most are is read, with where its body begins and ends', () => {
  const text = head(
    LINE,
    'Host: gateway:8080',
    'content-type:application/json',
    'X-A: \t b c \t',
    'Content-Length: 12',
  );
  expect(read(`${text}{"model": ""`)).toEqual({
    url: '/v1/chat/completions',
    headers: {
      host: 'gateway:8080',
      'content-type': 'application/json',
      'x-a': 'b c',
      'content-length': '12',
    },
    length: text.length,
    bodyLength: 12,
  });
  expect(
    read(head('POST /a?b=c HTTP/1.1', 'host: g', 'Connection: Keep-Alive', 'content-length: 0')),
  ).toEqual({
    url: '/a?b=c',
    headers: { host: 'g', 'content-length': '0' },
    length: expect.any(Number),
    bodyLength: 0,
  });
});

test.each<[string, string]>([
  ['half a head', `${LINE}\r\nhost: g\r\ncontent-length: 0\r\n`],
  ['another method', head('GET /v1/models HTTP/1.1', 'host: g', 'content-length: 0')],
  ['a method in small letters', head('post / HTTP/1.1', 'host: g', 'content-length: 0')],
  ['HTTP/1.0', head('POST / HTTP/1.0', 'host: g', 'content-length: 0')],
  ['HTTP/1.12', head('POST / HTTP/1.12', 'host: g', 'content-length: 0')],
  ['two spaces', head('POST  / HTTP/1.1', 'host: g', 'content-length: 0')],
  ['a space in the path', head('POST /a b HTTP/1.1', 'host: g', 'content-length: 0')],
  ['a letter beyond ASCII in the path', head('POST /\xe9 HTTP/1.1', 'host: g', 'content-length: 0')],
  ['an absolute address', head('POST http://a/ HTTP/1.1', 'host: g', 'content-length: 0')],
  ['no headers', head('POST / HTTP/1.1')],
  ['no host', head(LINE, 'content-length: 0')],
  ['no length', head(LINE, 'host: g')],
  ['an empty length', head(LINE, 'host: g', 'content-length:')],
  ['a length with a sign', head(LINE, 'host: g', 'content-length: +1')],
  ['a length that is none', head(LINE, 'host: g', 'content-length: 1 1')],
  ['two lengths', head(LINE, 'host: g', 'content-length: 1', 'Content-Length: 1')],
  ['a long body', head(LINE, 'host: g', 'content-length: 300000')],
  ['chunks', head(LINE, 'host: g', 'transfer-encoding: chunked')],
  ['a length and chunks', head(LINE, 'host: g', 'content-length: 1', 'Transfer-Encoding: chunked')],
  ['an upgrade', head(LINE, 'host: g', 'content-length: 0', 'upgrade: h2c')],
  ['an expectation', head(LINE, 'host: g', 'content-length: 0', 'expect: 100-continue')],
  ['a last call', head(LINE, 'host: g', 'content-length: 0', 'connection: close')],
  ['a header twice', head(LINE, 'host: g', 'content-length: 0', 'x-a: 1', 'X-A: 1')],
  ['a name that every object has', head(LINE, 'host: g', 'content-length: 0', 'constructor: 1')],
  ['the name of what every object comes from', head(LINE, 'host: g', 'content-length: 0', '__proto__: 1')],
  ['a folded line', head(LINE, 'host: g', 'content-length: 0', ' folded')],
  ['a space before the colon', head(LINE, 'host : g', 'content-length: 0')],
  ['no colon', head(LINE, 'host: g', 'content-length: 0', 'nothing')],
  ['a line feed alone', head(LINE, 'host: g\ncontent-length: 0')],
  ['a carriage return alone', head(LINE, 'host: g\rx: y', 'content-length: 0')],
  ['NUL', head(LINE, 'host: g', 'content-length: 0', 'x: a\0b')],
  ['a letter beyond ASCII', head(LINE, 'host: g', 'content-length: 0', 'x: \xe9')],
  ['a long head', head(LINE, 'host: g', 'content-length: 0', `x: ${'x'.repeat(9_000)}`)],
  ['a blank line before', `\r\n${head(LINE, 'host: g', 'content-length: 0')}`],
])('%s is left to node:http', (_name, text) => {
  expect(read(text)).toBeUndefined();
});

/** What node:http makes of bytes: its first request with its body, or nothing where it refuses them. */
function asNode(
  bytes: Buffer,
): Promise<(Pick<IncomingMessage, 'url' | 'headers' | 'method'> & { body: string }) | undefined> {
  return new Promise((resolve) => {
    const server = createServer((request) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url, method, headers } = request;
        resolve({ url, method, headers, body: Buffer.concat(chunks).toString('latin1') });
      });
    });
    server.on('clientError', () => resolve(undefined));
    const [here, there] = duplexPair();
    server.emit('connection', there);
    here.write(bytes);
    here.on('error', () => {});
  });
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const usual = <T>(value: T, ...odd: T[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: oneOf(...odd) });
const line = fc
  .tuple(
    oneOf(
      'x-a',
      'X-B',
      'accept',
      'user-agent',
      'authorization',
      'cookie',
      'content-type',
      'x_y',
      'connection',
      'te',
    ),
    usual(':', ' :', '::', ''),
    usual(' ', '', '\t', '  ', '\r', '\x0b'),
    oneOf('', 'a', 'a b', 'keep-alive', 'a\tb', '*/*', 'x;y="z"'),
    usual('', ' ', '\t ', '\r', '\0'),
  )
  .map((parts) => parts.join(''));
const request = fc
  .record({
    method: usual('POST', 'GET', 'post', 'POSTS'),
    path: fc.oneof(
      oneOf('/', '/v1/messages', '/a?b=c&d', '/%00'),
      fc.string().map((text) => `/${text}`),
    ),
    version: usual('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1'),
    lines: fc.array(line, { maxLength: 4 }),
    length: usual(
      'content-length: 5',
      'Content-Length:5',
      'content-length: 05',
      'content-length: 5 ',
      'transfer-encoding: chunked',
    ),
    host: usual('host: g', 'Host:g', ''),
    breaks: usual('\r\n', '\n', '\r'),
  })
  .map(({ method, path, version, lines, length, host, breaks }) =>
    [`${method} ${path} ${version}`, host, ...lines, length, '', 'hello'].join(breaks),
  );

test('whatever is read here node:http reads the same', async () => {
  let both = 0;
  await fc.assert(
    fc.asyncProperty(request, async (text) => {
      const bytes = Buffer.from(text, 'latin1');
      const mine = plainHead(bytes);
      if (mine === undefined) return;
      both++;
      const { url, headers, length, bodyLength } = mine;
      const other = await asNode(bytes);
      const body = bytes.toString('latin1', length, length + bodyLength);
      expect(other).toMatchObject({ method: 'POST', url, body });
      const { connection: _hop, ...others } = other!.headers;
      expect(headers).toEqual(others);
    }),
    { numRuns: 3_000 },
  );
  expect(both).toBeGreaterThan(300);
});
