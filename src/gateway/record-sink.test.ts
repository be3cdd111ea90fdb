import { Writable } from 'node:stream';
import type { Log } from '../lib/log.ts';
import { silentLog } from '../lib/log.ts';
import type { CallRecord } from './record.ts';
import { recordFields, recordLine } from './record-line.ts';
import { recordSink } from './record-sink.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from './table.ts';
import { streamLines } from './telemetry/lines.ts';

const record = {
  id: 'c',
  at: new Date(0),
  entry: { kind: 'ModelRoute', namespace: 'n', name: 'r' } as RouteEntry,
  revision: 'r-1',
  arm: 'stable',
  route: { name: 'r', revision: 'r-1' },
  parameters: {},
  operation: 'chat',
  messages: [{ role: 'user', content: 'between us' }],
  stream: false,
  status: 200,
  outcome: 'success',
  latencyMs: 1,
  fallback: false,
  degraded: false,
} satisfies CallRecord;
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A stream that takes nothing in before `release` is called, and then one thing in each turn. */
function slow() {
  let written = '';
  let release = () => {};
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      void opened.then(() =>
        setImmediate(() => {
          written += chunk;
          done();
        }),
      );
    },
  });
  return { stream, release: () => release(), lines: () => written.split('\n').filter(Boolean).length };
}

test('what waits behind a slow stream is written before the end', async () => {
  const { stream, release, lines } = slow();
  const sink = recordSink(streamLines(stream, silentLog));
  for (let n = 0; n < 5; n++) {
    sink.write(record);
    await turn();
  }
  expect(lines()).toBe(0);
  const flushed = sink.flush();
  release();
  await flushed;
  expect(lines()).toBe(5);
  expect(sink.dropped()).toBe(0);
});

test('a stream that does not keep up loses records, which are counted', async () => {
  const { stream, release, lines } = slow();
  const sink = recordSink(streamLines(stream, silentLog));
  sink.write(record);
  await turn();
  for (let n = 0; n < 10_003; n++) sink.write(record);
  expect(sink.dropped()).toBe(3);
  release();
  await sink.flush();
  expect(lines()).toBe(10_001);
});

test('long records are dropped by their length', async () => {
  const { stream, release, lines } = slow();
  const sink = streamLines(stream, silentLog);
  sink.write('first\n');
  await turn();
  const long = `${'x'.repeat(4 * 1024 * 1024 - 1)}\n`;
  for (let n = 0; n < 6; n++) sink.write(long);
  expect(sink.dropped()).toBe(2);
  release();
  await sink.flush();
  expect(lines()).toBe(5);
});

test('a stream that breaks is said once, and loses records only', async () => {
  const said: string[] = [];
  const log: Log = { ...silentLog, error: (_fields, message) => void said.push(message) };
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const sink = recordSink(streamLines(stream, log));
  for (let n = 0; n < 3; n++) {
    sink.write(record);
    await turn();
  }
  await sink.flush();
  expect(sink.dropped()).toBe(3);
  expect(said).toEqual(['call records are lost: their stream broke']);
});

test('a stream that works again is written to again', async () => {
  let fails = true;
  const taken: string[] = [];
  // As process.stdout is: an error does not close it.
  const stream = new Writable({
    autoDestroy: false,
    write(chunk, _encoding, done) {
      if (!fails) taken.push(String(chunk));
      done();
      if (fails) this.emit('error', new Error('EAGAIN'));
    },
  });
  const sink = recordSink(streamLines(stream, silentLog));
  sink.write(record);
  await turn();
  fails = false;
  sink.write(record);
  await sink.flush();
  expect(taken.join('').split('\n').filter(Boolean)).toHaveLength(1);
});

test('a record has hashes and no content', async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const sink = recordSink(streamLines(stream, silentLog));
  const answer = { outcome: 'success' as const, text: 'a secret', toolCalls: 0, schemaChecked: false };
  sink.write({ ...record, answer });
  await sink.flush();
  const line = JSON.parse(lines.join('')) as Record<string, unknown>;
  expect(line['sluice.prompt.hash']).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(line['sluice.output.hash']).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(lines.join('')).not.toMatch(/secret|between us/);
});

test('what a call cost is written in USD, and an unknown cost is left out', async () => {
  const { stream, release } = slow();
  let text = '';
  const write = stream._write.bind(stream);
  stream._write = (chunk, encoding, done) => {
    text += chunk;
    write(chunk, encoding, done);
  };
  release();
  const sink = recordSink(streamLines(stream, silentLog));
  sink.write({ ...record, cost: 26.4 });
  sink.write(record);
  await sink.flush();
  const [priced, unpriced] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(priced).toHaveProperty(['sluice.cost_usd'], 0.0000264);
  expect(unpriced).not.toHaveProperty(['sluice.cost_usd']);
});

test('a line says of each call what its fields say, whatever the calls before it had', () => {
  const entry = { kind: 'PromptRelease', namespace: 'n', name: 'p', team: 'a "team"' } as PromptEntry;
  const backend = { name: 'b', model: 'm', provider: { name: 'v' } } as BackendTarget;
  const usage = { inputTokens: 3, outputTokens: 0, reasoningTokens: 0 };
  const answer = { outcome: 'success', text: 'x\n"é', finishReason: 'stop', toolCalls: 0, usage } as const;
  const some: Partial<CallRecord>[] = [
    {},
    { entry },
    { entry, backend, answer: { ...answer, schemaChecked: false }, cost: 0 },
    { entry, backend: { ...backend, name: 'c' } },
    { entry, backend, arm: 'shadow', trace: { traceId: 't', spanId: 's' } },
    { entry, backend, operation: 'embeddings', degraded: true, fallback: true, tries: 3 },
    { entry, backend, revision: 'p-2', rescued: { revision: 'p-3', outcome: 'timeout' }, firstTokenMs: 0.04 },
    { entry, backend, route: { name: 'r', revision: 'r-2' }, unlogged: true, caller: 'n/a"b\n' },
    {
      entry,
      backend,
      parameters: { temperature: 0.5 },
      kept: { prompt: () => 'said', answer: () => 'kept' },
    },
  ];
  for (const each of [...some, ...some]) {
    const call = { ...record, ...each };
    const line = recordLine(call);
    expect(line).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(recordFields(call))));
  }
});
