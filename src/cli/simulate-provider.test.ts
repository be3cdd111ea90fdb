import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type OpenAI from 'openai';
import { runProgram } from './program.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

/** Starts the command, and gives the URL that it says. */
async function start(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  child = spawn(process.execPath, [MAIN, 'simulate-provider', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SLUICE_LOG_LEVEL: 'silent', ...env },
  });
  const [line] = await once(createInterface(child.stdout!), 'line');
  return /http:\S+/.exec(line as string)![0];
}

const ask = (url: string, headers: Record<string, string> = {}, model = 'm') =>
  fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
  });

const contentOf = async (answer: Response): Promise<string> =>
  ((await answer.json()) as OpenAI.ChatCompletion).choices[0]!.message.content!;

const answerOf = async (url: string) => contentOf(await ask(url));

/** What a command line that cannot work says, and its exit code. */
async function refused(args: string[]) {
  const written: string[] = [];
  const write = process.stderr.write;
  process.stderr.write = (text) => {
    written.push(String(text));
    return true;
  };
  try {
    const code = await runProgram(['simulate-provider', ...args]);
    return { code, said: written.join('') };
  } finally {
    process.stderr.write = write;
  }
}

test('serves by flags, asks for the key of the environment, and ends with 0 on SIGTERM', async () => {
  const url = await start(['--answer', 'by flags', '--key-env', 'THE_KEY'], { THE_KEY: 'k1' });
  expect((await ask(url)).status).toBe(401);
  const answer = await ask(url, { authorization: 'Bearer k1' });
  expect(await contentOf(answer)).toBe('by flags');
  child!.kill('SIGTERM');
  expect(await once(child!, 'exit')).toEqual([0, null]);
});

test('follows its behaviour file, and a call that stalls does not keep it from ending', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  try {
    const path = join(folder, 'behaviour.yaml');
    const rules = (answer: string) => `rules: [{match: {model: stalled}, stalls: 1}, {answer: ${answer}}]`;
    await writeFile(path, rules('one'));
    const url = await start(['--behaviour', path]);
    expect(await answerOf(url)).toBe('one');
    await writeFile(path, rules('two'));
    while ((await answerOf(url)) !== 'two') await new Promise((resolve) => setTimeout(resolve, 20));
    // What stalls has given its headers, which show that it is under way.
    const stalled = await ask(url, {}, 'stalled');
    child!.kill('SIGINT');
    expect(await once(child!, 'exit')).toEqual([0, null]);
    await expect(stalled.text()).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a port that is taken ends it with 1', async () => {
  const url = await start([]);
  const { code, said } = await refused(['--port', new URL(url).port]);
  expect(code).toBe(1);
  expect(said).toMatch(/port \d+ of 127\.0\.0\.1 is in use: choose another/);
});

test.each([
  [['--behaviour', 'b.yaml', '--answer', 'x'], /--behaviour.*cannot be used with.*--answer/],
  [['--port', '1', '--listen', ':1'], /--listen.*cannot be used with.*--port/],
  [['--port', '70000'], /from 0 to 65535/],
  [['--key-env', 'SLUICE_NO_SUCH_KEY'], /SLUICE_NO_SUCH_KEY: .*not set/],
  [['--error-rate', '0.8', '--refusal-rate', '0.5'], /add up to 1\.3/],
  [['--latency', '40,20'], /p95: is below p50/],
  [['--latency', 'fast'], /a number from 0/],
])('%j is not understood', async (args, message) => {
  const { code, said } = await refused(args);
  expect(code).toBe(2);
  expect(said).toMatch(message);
});
