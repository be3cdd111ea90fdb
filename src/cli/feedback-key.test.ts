import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptFeedbackKey, readFeedbackKey } from './feedback-key.ts';

let folder: string;
const path = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a key file is taken as its bytes are', async () => {
  const bytes = Buffer.from(Array.from({ length: 40 }, (_, n) => n * 6));
  await writeFile(path('key'), bytes);
  expect(Buffer.from(await readFeedbackKey(path('key')))).toEqual(bytes);
});

test('a file that holds too little, or is not there, is named with a remedy; what it holds is not', async () => {
  await writeFile(path('key'), 'planted-secret');
  const tooShort = readFeedbackKey(path('key'));
  await expect(tooShort).rejects.toThrow(`${path('key')} holds 14 bytes: a feedback key has at least 32`);
  await expect(tooShort).rejects.not.toThrow('planted-secret');
  await expect(readFeedbackKey(path('none'))).rejects.toThrow(path('none'));
});

test('a key is made once, for nobody else to read', async () => {
  const state = path('state');
  const key = await keptFeedbackKey(state);
  expect(key.length).toBeGreaterThanOrEqual(32);
  expect(await keptFeedbackKey(state)).toEqual(key);
  expect((await stat(join(state, 'feedback.key'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(state, 'feedback.key'))).toEqual(key);
  expect(await keptFeedbackKey(path('other'))).not.toEqual(key);
});

test('a kept key that was cut short is not used', async () => {
  await writeFile(path('feedback.key'), 'x');
  await expect(keptFeedbackKey(folder)).rejects.toThrow('holds 1 bytes');
});
