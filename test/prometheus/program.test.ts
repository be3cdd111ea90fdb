import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from '../control-plane/versions.ts';
import { prometheusProgram } from './program.ts';

const { PATH, XDG_CACHE_HOME, SLUICE_TEST_PROMETHEUS } = process.env;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-program-'));
  set({ PATH: join(directory, 'bin'), XDG_CACHE_HOME: directory, SLUICE_TEST_PROMETHEUS: undefined });
});
afterEach(async () => {
  set({ PATH, XDG_CACHE_HOME, SLUICE_TEST_PROMETHEUS });
  await rm(directory, { recursive: true });
});

function set(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

async function putProgram(folder: string, name = 'prometheus', script = ''): Promise<string> {
  await mkdir(join(directory, folder), { recursive: true });
  const path = join(directory, folder, name);
  await writeFile(path, `#!/bin/sh\n${script}`, { mode: 0o755 });
  return path;
}

test('the one that is named comes before the one on PATH, and that before the cached one', async () => {
  const cached = await putProgram(`sluice/prometheus/debian-${platform}`);
  expect(await prometheusProgram()).toBe(cached);
  const onPath = await putProgram('bin');
  expect(await prometheusProgram()).toBe(onPath);
  process.env.SLUICE_TEST_PROMETHEUS = await putProgram('named');
  expect(await prometheusProgram()).toBe(process.env.SLUICE_TEST_PROMETHEUS);
});

test('one that is named and not there is not passed over', async () => {
  await putProgram('bin');
  process.env.SLUICE_TEST_PROMETHEUS = join(directory, 'nowhere');
  await expect(prometheusProgram()).rejects.toThrow(/SLUICE_TEST_PROMETHEUS: .*nowhere is no program/);
});

test.each([
  ['has no apt-get', undefined, 'this machine has no apt-get'],
  ['has an apt-get that reaches nothing', 'echo "E: Unable to fetch" >&2; exit 100', 'E: Unable to fetch'],
])('a machine that %s is told what to do, and nothing is left behind', async (_name, aptGet, why) => {
  if (aptGet !== undefined) await putProgram('bin', 'apt-get', aptGet);
  const failed = prometheusProgram();
  await expect(failed).rejects.toThrow(why);
  await expect(failed).rejects.toThrow(/apt-get install prometheus.*SLUICE_TEST_PROMETHEUS=/s);
  expect(await readdir(join(directory, 'sluice/prometheus'))).toEqual([]);
});
