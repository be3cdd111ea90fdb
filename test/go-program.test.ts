import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from './control-plane/versions.ts';
import { goProgram } from './go-program.ts';

const { XDG_CACHE_HOME } = process.env;
const VARIABLE = 'SLUICE_TEST_NO_SUCH_PROGRAM';
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-go-program-'));
  process.env.XDG_CACHE_HOME = directory;
});
afterEach(async () => {
  delete process.env[VARIABLE];
  if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  await rm(directory, { recursive: true });
});

/** A program whose module is an empty folder: it cannot be built. */
const find = () =>
  goProgram({
    name: 'tool',
    directory,
    version: '1.2.3',
    package: '.',
    linkerFlags: [],
    variable: VARIABLE,
    takes: 'no time',
  });

test('the one that is named comes before the cached one, which comes before a build', async () => {
  const cached = join(directory, `sluice/tool/1.2.3-${platform}`);
  await mkdir(cached, { recursive: true });
  await writeFile(join(cached, 'tool'), '', { mode: 0o755 });
  expect(await find()).toBe(join(cached, 'tool'));
  process.env[VARIABLE] = join(directory, 'mine');
  await writeFile(process.env[VARIABLE], '', { mode: 0o755 });
  expect(await find()).toBe(join(directory, 'mine'));
});

test('one that is named and not there is not passed over', async () => {
  process.env[VARIABLE] = join(directory, 'nowhere');
  await expect(find()).rejects.toThrow(/SLUICE_TEST_NO_SUCH_PROGRAM: .*nowhere is no program/);
});

test('a build that fails says why and what to do, and leaves nothing behind', async () => {
  const failed = find();
  await expect(failed).rejects.toThrow(
    /no tool in .*, and .*To get tool for tests.*SLUICE_TEST_NO_SUCH_PROGRAM=/s,
  );
  expect(await readdir(join(directory, 'sluice/tool'))).toEqual([]);
});
