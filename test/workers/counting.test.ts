import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { FIELDS } from '../../src/gateway/record-fields.ts';
import { eventually } from '../eventually.ts';
import { call, counted, idOf, startWorkers, type WorkersStage } from './stage.ts';

let stage: WorkersStage;
afterEach(async () => {
  await stage?.stop();
  stage = undefined as never;
});

/** Bytes that a pipe takes of several writers without mixing them. */
const PIPE_BUF = 4_096;
const SERIES = 'sluice_gateway_calls_total';
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);

/** Makes calls over so many connections that stay open; gives the ids that their callers were told. */
async function callOver(connections: number, calls: number, content = 'hi'): Promise<string[]> {
  const pool = new Pool(stage.url, { connections, pipelining: 1 });
  const ids: string[] = [];
  let next = 0;
  const caller = async () => {
    while (next++ < calls) {
      const { status, token } = await call(stage, content, { dispatcher: { dispatcher: pool } });
      expect(status).toBe(200);
      ids.push(idOf(token));
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  await pool.close();
  return ids;
}

const records = () => stage.lines.map((line) => JSON.parse(line) as Record<string, string>);
const recorded = (count: number) =>
  eventually(
    () => `${count} records, not ${stage.lines.length}`,
    () => stage.lines.length >= count,
  );

test('calls go to all workers, and each is counted and recorded once', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello' }]);
  await stage.serve();
  const ids = await callOver(16, 600);
  await eventually('all are charged', async () => sumOf(counted(await stage.evidence())) >= 600);
  const readings = await stage.evidence();
  expect(readings.map(({ replica }) => replica).sort()).toEqual(['g/1', 'g/2']);
  expect(new Set(readings.map(({ startId }) => startId)).size).toBe(2);
  for (const kind of ['PromptRelease', 'ModelRoute']) {
    const calls = counted(readings, kind);
    expect(sumOf(calls)).toBe(600);
    // Connections are handed out in turn.
    expect(Math.min(...calls)).toBeGreaterThan(100);
  }
  await recorded(600);
  expect(records().map((each) => each[FIELDS.call])).toHaveLength(600);
  expect(
    records()
      .map((each) => each[FIELDS.call])
      .sort(),
  ).toEqual(ids.sort());

  const text = await stage.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith(`${SERIES}{`));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/outcome="success".* 600$/);
  expect(text).toMatch(/^sluice_gateway_call_duration_seconds_bucket\{.*le="\+Inf".*\} 600$/m);
  expect(text).toMatch(/^sluice_gateway_call_duration_seconds_count\{.*\} 600$/m);
  expect(text).toContain('sluice_gateway_releases 2\n');
  expect(text).toContain('sluice_gateway_workers 2\n');
  expect(text).toContain('sluice_gateway_workers_serving 2\n');
  expect(text).toContain('sluice_gateway_records_dropped 0\n');
  expect(text.match(/^process_start_time_seconds /gm)).toHaveLength(1);
});

test('records longer than a pipe keeps together come whole from all workers', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello' }]);
  await stage.serve({ route: { privacy: { logContent: 'Full' } } });
  const text = 'ü'.repeat(60_000);
  const ids = await callOver(8, 60, text);
  await recorded(60);
  expect(
    records()
      .map((each) => each[FIELDS.call])
      .sort(),
  ).toEqual(ids.sort());
  for (const line of stage.lines) expect(Buffer.byteLength(line)).toBeGreaterThan(8 * PIPE_BUF);
});

test('a file that rotates is written by one process, whole lines and each once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-records-'));
  const path = join(folder, 'calls.jsonl');
  stage = await startWorkers([{ match: {}, answer: 'Hello' }], {
    workers: 3,
    recordFile: { path, mostBytes: 64 * 1024, files: 50 },
  });
  await stage.serve();
  const ids = await callOver(12, 400);
  expect(await stage.end()).toBe(0);
  const files = await readdir(folder);
  expect(files.length).toBeGreaterThan(3);
  const texts = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, 'utf8')));
  const found = texts
    .flatMap((text) => text.split('\n').filter(Boolean))
    .map((line) => (JSON.parse(line) as Record<string, string>)[FIELDS.call]);
  expect(found.sort()).toEqual(ids.sort());
  expect(stage.lines).toEqual([]);
  await rm(folder, { recursive: true });
});
