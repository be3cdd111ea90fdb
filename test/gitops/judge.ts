import { createHash } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../control-plane/install-lock.ts';
import { run } from '../control-plane/run.ts';
import { platform } from '../control-plane/versions.ts';

/** A script or an expression, and the object that it is run over; with neither, kstatus is asked. */
export type Question = { object: object; lua?: string; expression?: string };

/** What came out, or why nothing did. */
export type Answer<T> = { result: T; error?: undefined } | { result?: undefined; error: string };

const goModule = join(import.meta.dirname, 'go');
const say = (line: string) => void process.stderr.write(`gitops: ${line}\n`);

/**
 * Has Lua run as Argo CD runs it, and CEL and kstatus as Flux does, with the libraries that they use. The program is built from the
 * Go module beside this file into the cache, once, in a minute.
 * @throws Error, with the compiler's last words, where it cannot be built.
 */
export async function judge<T>(questions: readonly Question[]): Promise<Answer<T>[]> {
  const { code, stdout, stderr } = await run(await judgeProgram(), [], { input: JSON.stringify(questions) });
  if (code !== 0) throw new Error(`the judge failed: ${stderr}`);
  return JSON.parse(stdout) as Answer<T>[];
}

/** The path of the program, built first if need be: leave it minutes. */
export async function judgeProgram(): Promise<string> {
  const sources = await Promise.all(['main.go', 'go.sum'].map((name) => readFile(join(goModule, name))));
  const version = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 12);
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', 'gitops');
  const program = join(root, `${version}-${platform}`, 'gitops');
  if (await isProgram(program)) return program;
  await mkdir(root, { recursive: true });
  return withLock(
    join(root, 'install.lock'),
    async () => {
      if (!(await isProgram(program))) await build(root, program);
      return program;
    },
    say,
  );
}

async function build(root: string, program: string): Promise<void> {
  say('building a Lua, a CEL and kstatus from their Go modules, once, about a minute');
  // Filled elsewhere and moved whole, so that a broken build is never taken for a good one.
  const filling = await mkdtemp(join(root, 'filling-'));
  try {
    const env = {
      ...process.env,
      PATH: `${process.env.PATH}:/usr/local/go/bin`,
      CGO_ENABLED: '0',
      GOWORK: 'off',
      GOFLAGS: '-mod=readonly',
    };
    const args = ['build', '-trimpath', '-buildvcs=false', '-o', `${filling}/`, '.'];
    const built = await run('go', args, { cwd: goModule, env });
    if (built.code !== 0) throw new Error(built.stderr.trim().split('\n').slice(-12).join('\n'));
    const final = join(program, '..');
    await rm(final, { recursive: true, force: true });
    await rename(filling, final);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `tests of config/argocd and config/flux need Go 1.26 or newer to build ${goModule}: ${why}`,
    );
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
