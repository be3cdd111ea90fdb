import type { AnswerHead } from './answer-head.ts';
import { AnswerParser } from './answer-parser.ts';

/** What comes of an answer that arrives in these pieces, each in a buffer that is used again. */
function parsed(pieces: readonly string[], closes = false) {
  const heads: AnswerHead[] = [];
  const chunks: Buffer[] = [];
  const ends: number[] = [];
  const parser = new AnswerParser({
    head: (head) => heads.push(head),
    data: (chunk) => chunks.push(chunk),
    end: (keptMs) => ends.push(keptMs),
  });
  parser.expect();
  const shared = Buffer.alloc(100_000);
  let error: string | undefined;
  try {
    for (const piece of pieces) parser.push(shared, shared.write(piece, 'latin1'));
    if (closes) parser.finish();
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  const [head] = heads;
  return {
    ...(head && { status: head.status, headers: head.headers }),
    body: Buffer.concat(chunks).toString('latin1'),
    chunks: chunks.length,
    ...(ends.length > 0 && { keptMs: ends }),
    ...(error !== undefined && { error }),
  };
}

const OK = 'HTTP/1.1 200 OK\r\n';
const lines = (...each: string[]) => `${each.join('\r\n')}\r\n`;
const CHUNKED = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '');

test('a plain answer is read at once', () => {
  expect(parsed([`${OK}Content-Type: application/json\r\nContent-Length:  2 \r\n\r\n{}`])).toEqual({
    status: 200,
    headers: { 'content-type': 'application/json', 'content-length': '2' },
    body: '{}',
    chunks: 1,
    keptMs: [30_000],
  });
});

describe('an answer that is cut anywhere', () => {
  const answers = {
    counted: `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${OK}content-length: 11\r\nx: \xe9\r\n\r\nHello\r\n\r\nyo`,
    chunked: `${CHUNKED}5;a=b;c="d\\"e"\r\nHello\r\n00A\r\n, you all!\r\n0\r\nx-trailer: 1\r\n\r\n`,
    'ended by its connection': `HTTP/1.0 200 OK\r\n\r\nHello\r\n\r\n`,
  };
  test.each(Object.entries(answers))('is read as if it were whole: %s', (how, text) => {
    const closes = how === 'ended by its connection';
    const { chunks: _, ...whole } = parsed([text], closes);
    expect(whole.keptMs).toEqual([closes ? 0 : 30_000]);
    for (let at = 1; at < text.length; at++) {
      expect(parsed([text.slice(0, at), text.slice(at)], closes)).toMatchObject(whole);
      expect(parsed([text.slice(0, at), ...text.slice(at)], closes)).toMatchObject(whole);
    }
    expect(parsed([...text], closes)).toMatchObject(whole);
  });
});

test('the chunks of one read are one piece', () => {
  const { body, chunks } = parsed([`${CHUNKED}5\r\nHello\r\n1\r\n \r\n3\r\nyou\r\n`, '1\r\n!\r\n0\r\n\r\n']);
  expect({ body, chunks }).toEqual({ body: 'Hello you!', chunks: 2 });
});

test('a long stream may have an extension with each chunk', () => {
  const many = `1;of="this chunk"\r\nx\r\n`.repeat(4_000);
  const { body, error } = parsed([CHUNKED, many, '0;end\r\n\r\n']);
  expect({ length: body.length, error }).toEqual({ length: 4_000, error: undefined });
});

test('what comes after the end is of nobody, and the connection is not used again', () => {
  for (const text of [
    `${OK}content-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n`,
    `${OK}content-length: 0\r\n\r\nx`,
    `${CHUNKED}2\r\n{}\r\n0\r\n\r\nx`,
  ])
    expect(parsed([text]).keptMs).toEqual([0]);
  expect(parsed([`${OK}content-length: 2\r\n\r\n{}`, 'x'])).toMatchObject({
    body: '{}',
    error: 'something came that nobody asked for',
  });
});

test('a header that comes again is joined, or stands for itself, or is dropped, as Node does', () => {
  const head = lines(
    ...['HTTP/1.1 200 OK', 'A: 1', 'a: 2', 'set-cookie: x=1', 'Set-Cookie: y=2', 'Content-Type: a/b'],
    ...['content-type: c/d', 'constructor: z', '__proto__: p', 'content-length: 0', ''],
  );
  const { headers } = parsed([head]);
  expect(Object.entries(headers!)).toEqual([
    ...[
      ['a', '1, 2'],
      ['set-cookie', ['x=1', 'y=2']],
      ['content-type', 'a/b'],
    ],
    ...[
      ['constructor', 'z'],
      ['__proto__', 'p'],
      ['content-length', '0'],
    ],
  ]);
});

test.each([
  ['a connection that the server closes', 'connection: x , Close', 0],
  ['one that it keeps', 'connection: keep-alive', 30_000],
  ['one that it keeps for less than another request may take', 'keep-alive: timeout=2', 0],
  ['one that it keeps for five seconds', 'keep-alive: max=100, timeout=5', 3_000],
  ['one that it keeps for a day', 'keep-alive: timeout=86400', 600_000],
  ['one that it keeps for who knows how long', 'keep-alive: timeout=soon', 30_000],
])('%s', (_name, header, keptMs) => {
  expect(parsed([`${OK}content-length: 0\r\n${header}\r\n\r\n`]).keptMs).toEqual([keptMs]);
});

test.each([
  ['HTTP/1.1 204 No Content\r\n\r\n', 30_000],
  ['HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n', 30_000],
  ['HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n', 0],
  ['HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n', 0],
  ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 0],
  ['HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', 30_000],
])('%j has no body', (text, keptMs) => {
  expect(parsed([text])).toMatchObject({ body: '', keptMs: [keptMs] });
});

test('a coding that does not end in chunks ends with the connection', () => {
  const head = `${OK}transfer-encoding: chunked, x\r\n\r\n`;
  expect(parsed([head, '2\r\n{}'], true)).toMatchObject({ body: '2\r\n{}', keptMs: [0] });
  expect(parsed([`${OK}transfer-encoding: x, Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`])).toMatchObject({
    body: '{}',
  });
});

test.each([
  ['nothing', ''],
  ['half a head', OK],
  ['less than was announced', `${OK}content-length: 3\r\n\r\n{}`],
  ['less than a chunk', `${CHUNKED}3\r\n{}`],
  ['no last chunk', `${CHUNKED}2\r\n{}\r\n`],
  ['no end of the trailers', `${CHUNKED}2\r\n{}\r\n0\r\n`],
])('a connection that closes after %s is said to', (_name, text) => {
  expect(parsed(text === '' ? [] : [text], true).error).toBe('other side closed');
});

const of = (...headers: string[]) => lines('HTTP/1.1 200 OK', ...headers, '');
test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['another version', lines('HTTP/2.0 200 OK', '')],
  ['a blank before it', ` ${of()}`],
  ['a line before it', `\r\n${of()}`],
  ['a status of two digits', lines('HTTP/1.1 20', '')],
  ['one below 100', lines('HTTP/1.1 099 What', '')],
  ['one of four', lines('HTTP/1.1 2000 OK', '')],
  ['a NUL in the status line', lines('HTTP/1.1 200 O\0K', '')],
  ['an answer in another protocol from then on', lines('HTTP/1.1 101 Switching Protocols', '')],
  ['no name', of(': x')],
  ['no colon', of('x')],
  ['a blank after a name', of('x : y')],
  ['a line that goes on', of('x: y', ' z')],
  ['a NUL in a value', of('x: a\0b')],
  ['a line feed in a value', of('x: a\nb: c')],
  ['a carriage return in a value', of('x: a\rb')],
  ['a letter that is none in a name', of('\xe9: b')],
  ['two lengths', of('content-length: 1', 'content-length: 1')],
  ['two in one', of('content-length: 1, 1')],
  ['no length', of('content-length:')],
  ['a negative one', of('content-length: -1')],
  ['one with a sign', of('content-length: +1')],
  ['one in hexadecimal', of('content-length: 0x1')],
  ['one that is no whole number any more', of('content-length: 9007199254740993')],
  ['a length and chunks', of('content-length: 1', 'transfer-encoding: chunked')],
  ['a head that is too long', of(`x: ${'y'.repeat(16_384)}`)],
  ['no size of a chunk', `${CHUNKED}\r\n`],
  ['one that is none', `${CHUNKED}g\r\n`],
  ['one with a blank', `${CHUNKED}1 \r\n`],
  ['one in hexadecimal, with its sign', `${CHUNKED}0x1\r\n`],
  ['one that is too long', `${CHUNKED}${'f'.repeat(14)}\r\n`],
  ['one with a line feed alone', `${CHUNKED}1\nx\r\n`],
  ['a chunk that goes on', `${CHUNKED}1\r\nxy\r\n`],
  ['one that ends in a line feed alone', `${CHUNKED}1\r\nx\n`],
  ['one that ends in a carriage return alone', `${CHUNKED}1\r\nx\rx`],
  ['an extension that is none', `${CHUNKED}1;\x01\r\nx\r\n`],
  ['one that ends in a line feed alone', `${CHUNKED}1;a\nx\r\n`],
  ['one that is too long', `${CHUNKED}1;${'a'.repeat(20_000)}`],
  ['a trailer that is none', `${CHUNKED}0\r\nx\r\n\r\n`],
  ['one with a NUL', `${CHUNKED}0\r\nx: \0\r\n\r\n`],
  ['trailers that are too long', `${CHUNKED}0\r\n${'x: y\r\n'.repeat(5_000)}\r\n`],
])('%s is no answer', (_name, text) => {
  const whole = parsed([text]);
  expect(whole.error).toBeDefined();
  expect(whole.keptMs).toBeUndefined();
  const { error } = parsed([...text]);
  expect(error).toBe(whole.error);
});

test('what is wrong quotes nothing of what came', () => {
  expect(parsed([of('x: sk-secret\0')]).error).toBe('a header has a control character');
});
