import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../lib/log.ts';
import { eventLog } from './event-log.ts';

const event = {
  kind: 'ModelRoute',
  namespace: 'n',
  name: 'r',
  uid: 'u',
  type: 'Normal',
  message: 'm',
} as const;
const at = new Date('2026-01-01T00:00:00Z');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-events-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const linesOf = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('each event is one line, in order', async () => {
  const events = eventLog(folder, silentLog);
  for (const reason of ['A', 'B', 'C']) events.note({ ...event, reason }, at);
  await events.flush();
  expect(linesOf('events.jsonl').map((each) => each.reason)).toEqual(['A', 'B', 'C']);
  expect(linesOf('events.jsonl')[0]).toEqual({ at: at.toISOString(), ...event, reason: 'A' });
});

test('the log is put aside before it passes its limit', async () => {
  const events = eventLog(folder, silentLog, 1000);
  for (let index = 0; index < 30; index++) events.note({ ...event, reason: `R${index}` }, at);
  await events.flush();
  expect(statSync(join(folder, 'events.jsonl')).size).toBeLessThanOrEqual(1000);
  expect(statSync(join(folder, 'events.1.jsonl')).size).toBeLessThanOrEqual(1000);
  expect(linesOf('events.jsonl').at(-1).reason).toBe('R29');
});

test('a line that was cut off does not spoil the next', async () => {
  writeFileSync(join(folder, 'events.jsonl'), '{"reason":"cut');
  const events = eventLog(folder, silentLog);
  events.note({ ...event, reason: 'next' }, at);
  await events.flush();
  const [, last] = readFileSync(join(folder, 'events.jsonl'), 'utf8').split('\n');
  expect(JSON.parse(last!).reason).toBe('next');
});

test('an event that cannot be written is logged, not thrown', async () => {
  const warnings: object[] = [];
  writeFileSync(join(folder, 'file'), '');
  const events = eventLog(join(folder, 'file'), { ...silentLog, warn: (fields) => warnings.push(fields) });
  events.note({ ...event, reason: 'Lost' }, at);
  await events.flush();
  expect(warnings).toMatchObject([{ reason: 'Lost', failed: 1 }]);
});
