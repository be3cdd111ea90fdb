import { mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../lib/log.ts';
import { fileLines } from './file-lines.ts';
import { type RotatingFile, rotatingFile } from './rotating-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-records-'));
  path = join(folder, 'calls.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = (over: { mostBytes?: number; files?: number } = {}) =>
  rotatingFile({ path, mostBytes: 100, files: 3, ...over });
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `line ${String(from + index).padStart(4, '0')}\n`);

test('files are put aside when they are full, and the oldest goes', async () => {
  const lines = fileLines(await opened(), silentLog);
  for (const line of numbered(0, 95)) lines.write(line);
  await lines.flush();
  expect(lines.dropped()).toBe(0);
  expect((await readdir(folder)).sort()).toEqual(['calls.jsonl', 'calls.jsonl.1', 'calls.jsonl.2']);
  const read = (suffix: string) => readFile(`${path}${suffix}`, 'utf8');
  expect(await read('')).toBe(numbered(90, 95).join(''));
  expect(await read('.1')).toBe(numbered(80, 90).join(''));
  expect(await read('.2')).toBe(numbered(70, 80).join(''));
});

test('what a file holds at the start stays, and counts; only its owner reads a new one', async () => {
  await writeFile(path, numbered(0, 9).join(''));
  const file = await opened();
  expect(await file.append(numbered(9, 12))).toBe(1);
  expect(await file.append(numbered(10, 12))).toBe(2);
  await file.close();
  expect(await readFile(`${path}.1`, 'utf8')).toBe(numbered(0, 10).join(''));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a line longer than a file has one of its own, and letters are counted in bytes', async () => {
  const file = await opened({ files: 9 });
  const long = `${'ü'.repeat(60)}\n`;
  expect(await file.append(['a\n', long, 'b\n'])).toBe(1);
  expect(await file.append([long, 'b\n'])).toBe(1);
  expect(await file.append(['b\n'])).toBe(1);
  await file.close();
  expect(await readFile(`${path}.1`, 'utf8')).toBe(long);
  expect(await readFile(path, 'utf8')).toBe('b\n');
});

test('a full disk loses lines, which are counted and said once; then it goes on', async () => {
  const said: string[] = [];
  const say = (_fields: object, message: string) => void said.push(message);
  await symlink('/dev/full', path);
  const file = await opened();
  const lines = fileLines(file, { ...silentLog, info: say, error: say });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  for (let written = 0; written < 3; written++) {
    lines.write('lost\n');
    while (lines.dropped() === written) await turn();
  }
  await unlink(path);
  lines.write('kept\n');
  await lines.flush();
  expect(lines.dropped()).toBe(3);
  expect(await readFile(path, 'utf8')).toBe('kept\n');
  expect(said).toEqual([
    'call records are lost: their file cannot be written',
    'call records are written to their file again',
  ]);
});

test('behind a disk that hangs lines are dropped by number and by length', async () => {
  let go = () => {};
  const hanging = new Promise<void>((resolve) => {
    go = resolve;
  });
  let written = 0;
  const file: RotatingFile = {
    async append(lines) {
      await hanging;
      written += lines.length;
      return lines.length;
    },
    close: async () => {},
  };
  const byNumber = fileLines(file, silentLog);
  const byLength = fileLines(file, silentLog, 100);
  for (let n = 0; n < 10_007; n++) byNumber.write('x\n');
  for (const line of numbered(0, 14)) byLength.write(line);
  expect([byNumber.dropped(), byLength.dropped()]).toEqual([7, 4]);
  go();
  await Promise.all([byNumber.flush(), byLength.flush()]);
  expect(written).toBe(10_010);
});

test('a file that cannot be opened is said at once', async () => {
  path = join(folder, 'missing', 'calls.jsonl');
  await expect(opened()).rejects.toThrow(/ENOENT.*missing/);
});
