import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, 'main.ts');
const env = { PATH: process.env.PATH };

/** The program with pipes that the test may close. */
const started = (...args: string[]) =>
  spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });

async function ended(child: ChildProcess) {
  const said: Buffer[] = [];
  child.stderr!.on('data', (piece: Buffer) => said.push(piece));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stderr: Buffer.concat(said).toString() };
}

test.each([['completion', 'bash'], ['check', '--help'], ['--version'], ['__complete', '']])(
  '%s %s ends without a word where nobody reads what it says',
  async (...args) => {
    const child = started(...args);
    child.stdout.destroy();
    expect(await ended(child)).toEqual({ code: 141, stderr: '' });
  },
);

test('what cannot be written is said in one line', async () => {
  const unwritable = await open(MAIN, 'r');
  const stdio: StdioOptions = ['ignore', unwritable.fd, 'pipe'];
  const child = spawn(process.execPath, [MAIN, 'completion', 'bash'], { env, stdio });
  const { code, stderr } = await ended(child);
  await unwritable.close();
  expect(stderr).toMatch(/^error: standard output: EBADF.*\n$/);
  expect(code).toBe(1);
});

test('a service whose log nobody reads any more stops as well as any', async () => {
  const child = started('simulate-provider', '--port', '0');
  const said = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve));
  // Once it answers it also listens to signals.
  await fetch(`${/http\S+/.exec(said.toString())![0]}/models`);
  child.stderr.destroy();
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
});
