import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../lib/free-port.ts';
import { startChild } from './children.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-children-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a child that ends by itself is a failure that names its log', async () => {
  const child = startChild('run', ['run', '--manifests', '/nowhere/at/all'], folder);
  await expect(child.failed).rejects.toThrow(`sluice run ended (exit code 2); see ${child.log}`);
  expect(readFileSync(child.log, 'utf8')).toContain('/nowhere/at/all');
});

test('a child that is stopped has not failed, and serves no more', async () => {
  const url = `http://127.0.0.1:${await freePort()}/v1/models`;
  const child = startChild('provider', ['simulate-provider', '--listen', new URL(url).host], folder);
  let failed: unknown;
  child.failed.catch((error: unknown) => {
    failed = error;
  });
  while (!(await fetch(url).catch(() => undefined))) await Promise.race([sleep(20), child.failed]);
  await child.stop();
  await expect(fetch(url)).rejects.toThrow();
  expect(failed).toBeUndefined();
});
