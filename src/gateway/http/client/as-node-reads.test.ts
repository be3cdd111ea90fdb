import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';
import { type Random, seededRandom } from '../../../lib/random.ts';
import { AnswerParser } from './answer-parser.ts';

/** An answer as it was read; undefined where it is none, or not whole. */
type Read = { status: number; headers: IncomingHttpHeaders; body: string } | undefined;

/** What Node's own client makes of a connection that says this and closes. */
function byNode(pieces: readonly string[]): Promise<Read> {
  return new Promise((resolve) => {
    const connection = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
    const call = request({ method: 'POST', createConnection: () => connection });
    call.on('error', () => resolve(undefined));
    call.on('upgrade', () => resolve(undefined));
    call.on('response', (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on('error', () => resolve(undefined));
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const { statusCode, headers } = answer;
        resolve({ status: statusCode!, headers, body: Buffer.concat(chunks).toString('latin1') });
      });
    });
    call.end('{}');
    setImmediate(() => {
      for (const piece of pieces) connection.push(Buffer.from(piece, 'latin1'));
      connection.push(null);
    });
  });
}

/** What ours does, and how many bytes it read: what comes after an answer is no part of it to us, and an error to Node. */
function byUs(pieces: readonly string[]): { read: Read; bytes: number; why?: string } {
  let head: Pick<NonNullable<Read>, 'status' | 'headers'> | undefined;
  const chunks: Buffer[] = [];
  let whole = false;
  let bytes = 0;
  const parser = new AnswerParser({
    head: (each) => {
      head = each;
    },
    data: (chunk) => chunks.push(chunk),
    end: () => {
      whole = true;
    },
  });
  parser.expect();
  try {
    for (const piece of pieces) {
      if (whole) break;
      parser.push(Buffer.from(piece, 'latin1'), piece.length);
      bytes += piece.length;
    }
    if (!whole) parser.finish();
  } catch (error) {
    return { read: undefined, bytes, why: (error as Error).message };
  }
  const { status, headers } = head!;
  return { read: { status, headers: { ...headers }, body: Buffer.concat(chunks).toString('latin1') }, bytes };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1));

const HEADERS = [
  ...['Content-Type: application/json', 'content-type:text/event-stream', 'Server: x', 'SERVER: y', 'date:'],
  ...['X-Request-Id: 1', 'x-request-id:\t2 ', 'retry-after: 7', 'Retry-After: 8', 'x-ratelimit-remaining: 0'],
  ...['set-cookie: a=b; c', 'Set-Cookie: d', 'Connection: keep-alive', 'connection: close', 'vary: a, b'],
  ...[
    'keep-alive: timeout=5, max=7',
    "!#$%&'*+-.^_`|~: odd",
    'x-latin: \xe9\xff',
    'x-long: '.padEnd(300, 'y'),
  ],
];
const INTERIM = ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'];
const EXTENSIONS = ['', '', ';a', ';a=b', ';a="b c"', ';a=b;c="\\""'];

/** An answer as a server may say it. */
function validAnswer(random: Random): string {
  const interim = random() < 0.2 ? pick(random, INTERIM) : '';
  const status = pick(random, [
    '200 OK',
    '200',
    '201 \xe4',
    '204 None',
    '304 Same',
    '404 ',
    '429 Too Many',
    '599 x',
  ]);
  const headers = Array.from({ length: upTo(random, 6) }, () => pick(random, HEADERS));
  const body = Array.from({ length: upTo(random, 40) }, () =>
    pick(random, ['x', '\r\n', '\0', '\xff', '{}', '0']),
  ).join('');
  let said = body;
  if (/^(204|304)/.test(status)) said = '';
  else if (random() < 0.4)
    headers.push(`${pick(random, ['Content-Length', 'content-length'])}: ${body.length}`);
  else if (random() < 0.6) {
    headers.push(pick(random, ['Transfer-Encoding: chunked', 'transfer-encoding:Chunked', 'TE: x']));
    if (!headers.at(-1)!.startsWith('TE')) said = chunkedOf(random, body);
  }
  headers.sort(() => random() - 0.5);
  const version = random() < 0.9 ? '1.1' : '1.0';
  return `${interim}HTTP/${version} ${status}\r\n${headers.map((each) => `${each}\r\n`).join('')}\r\n${said}`;
}

function chunkedOf(random: Random, body: string): string {
  let said = '';
  for (let at = 0; at < body.length; ) {
    const chunk = body.slice(at, at + 1 + upTo(random, 20));
    const size = chunk.length.toString(16).padStart(1 + upTo(random, 2), '0');
    said += `${random() < 0.5 ? size.toUpperCase() : size}${pick(random, EXTENSIONS)}\r\n${chunk}\r\n`;
    at += chunk.length;
  }
  return `${said}0\r\n${pick(random, ['', '', 'x-trailer: 1\r\n', 'a: \r\nb: 2\r\n'])}\r\n`;
}

const NASTY = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '1',
  'f',
  '-',
  '"',
  '\x7f',
  '\x80',
  'x',
  '',
];
const LINES = [
  ...['content-length: 3', 'Content-Length: 5', 'transfer-encoding: chunked', 'transfer-encoding: gzip'],
  ...['content-length: 0', ' folded', 'no header', 'connection: close'],
];

/** Where one byte or one line was changed, taken away or added. */
function mutated(random: Random, text: string): string {
  if (random() < 0.3) {
    const lines = text.split('\r\n');
    lines.splice(upTo(random, Math.min(lines.length, 6)), upTo(random, 1), pick(random, LINES));
    return lines.join('\r\n');
  }
  const head = text.indexOf('\r\n\r\n') + 4;
  const at = upTo(random, random() < 0.7 ? head : text.length);
  return text.slice(0, at) + pick(random, NASTY) + text.slice(at + upTo(random, 2));
}

/** In up to five pieces. */
function cut(random: Random, text: string): string[] {
  const at = Array.from({ length: upTo(random, 4) }, () => upTo(random, text.length)).sort((a, b) => a - b);
  return [0, ...at].map((start, n) => text.slice(start, at[n])).filter((piece) => piece !== '');
}

test('every answer that a server may give is read as Node reads it', async () => {
  const random = seededRandom(1);
  for (let n = 0; n < 3_000; n++) {
    const text = validAnswer(random);
    const pieces = cut(random, text);
    const [theirs, { read, why }] = [await byNode(pieces), byUs(pieces)];
    expect({ text, read, why }).toEqual({ text, read: theirs, why });
    expect({ text, read: read !== undefined }).toEqual({ text, read: true });
  }
});

test('what is no answer to Node is none to us, and what we read it reads so too', async () => {
  const random = seededRandom(2);
  const stricter = new Map<string, string>();
  for (let n = 0; n < 8_000; n++) {
    const text = mutated(random, validAnswer(random));
    // With a tab after it these are no chunks to Node, which they are by RFC 9112.
    if (/chunked *\t/i.test(text)) continue;
    const pieces = cut(random, text);
    const { read, why } = byUs(pieces);
    const { bytes } = byUs([...text]);
    const theirs = await byNode(read === undefined ? pieces : [text.slice(0, bytes)]);
    if (read === undefined && theirs !== undefined) stricter.set(why!, text);
    else expect({ text, read }).toEqual({ text, read: theirs });
  }
  // Of these Node makes something: it leaves out what it cannot use.
  const of = new Set([
    'the status line has a control character',
    'the connection ends before the answer',
    'the answer goes on in another protocol',
    'the extension of a chunk is none',
    'the answer is no HTTP/1.1',
    'the length of the body is given after it',
  ]);
  expect([...stricter].filter(([why]) => !of.has(why))).toEqual([]);
});
