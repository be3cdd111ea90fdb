import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOOK_MS, openBehaviour } from './behaviour-file.ts';
import type { Rule } from './rule.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'behaviour-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('an edit is used, a bad one is logged once, and a good one after it is used', async () => {
  const path = join(folder, 'b.yaml');
  await writeFile(path, 'rules: [{answer: one}]');
  const file = await openBehaviour(path);
  expect(file.rules).toMatchObject([{ answer: 'one' }]);

  const events: string[] = [];
  let heard = () => {};
  const note = (event: string) => {
    events.push(event);
    heard();
  };
  const next = () => new Promise<void>((resolve) => (heard = resolve));
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => note(JSON.stringify(fields)) };
  const stop = file.watch((rules: Rule[]) => note(rules[0]!.answer), log);
  try {
    let event = next();
    await writeFile(path, 'rules: [{answer: two}]');
    await event;
    event = next();
    await writeFile(path, 'rules: [{answr: three}]');
    await event;
    await new Promise((resolve) => setTimeout(resolve, 4 * LOOK_MS));
    event = next();
    await writeFile(join(folder, 'other'), 'rules: [{answer: four}]');
    await rename(join(folder, 'other'), path);
    await event;
    event = next();
    await rm(path);
    await event;
  } finally {
    stop();
  }
  expect(events).toEqual([
    'two',
    expect.stringContaining('answr'),
    'four',
    expect.stringContaining('no such file'),
  ]);
});

test('an edit between opening and watching is not lost', async () => {
  const path = join(folder, 'b.yaml');
  await writeFile(path, 'rules: [{answer: one}]');
  const file = await openBehaviour(path);
  await writeFile(path, 'rules: [{answer: other}]');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const answer = await new Promise((resolve) => {
    const stop = file.watch((rules) => {
      stop();
      resolve(rules[0]!.answer);
    }, log);
  });
  expect(answer).toBe('other');
});

test('a file that is not there is named', async () => {
  await expect(openBehaviour(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml: there is no such file/);
});
