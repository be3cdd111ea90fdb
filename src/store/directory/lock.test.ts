import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from './lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const holdAs = (holder: object) => writeFileSync(join(folder, 'lock'), JSON.stringify(holder));

test('a folder is held once and can be taken again when given back', () => {
  const giveBack = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(/in use by process \d+.*--state/);
  giveBack();
  expect(existsSync(join(folder, 'lock'))).toBe(false);
  lockFolder(folder)();
});

test('the lock of a dead process is taken over', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  holdAs({ pid, host: hostname(), began: '' });
  lockFolder(folder)();
});

test('the lock of a living process holds; a pid that was given out anew does not', () => {
  holdAs({ pid: process.ppid, host: hostname(), began: '' });
  expect(() => lockFolder(folder)).toThrow(`process ${process.ppid}`);
  if (!existsSync('/proc/self/stat')) return;
  holdAs({ pid: process.ppid, host: hostname(), began: '1' });
  lockFolder(folder)();
});

test('our own pid in a lock that this process does not hold is that of a former container', () => {
  holdAs({ pid: process.pid, host: hostname(), began: 'long ago' });
  lockFolder(folder)();
});

test('a lock of another machine is not broken, a damaged one is', () => {
  holdAs({ pid: 1, host: 'elsewhere', began: '' });
  expect(() => lockFolder(folder)).toThrow(/on elsewhere.*remove/);
  writeFileSync(join(folder, 'lock'), '');
  lockFolder(folder)();
});
