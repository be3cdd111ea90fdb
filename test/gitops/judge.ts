import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../control-plane/run.ts';
import { goProgram } from '../go-program.ts';

/** A script or an expression, and the object that it is run over; with neither, kstatus is asked. */
export type Question = { object: object; lua?: string; expression?: string };

/** What came out, or why nothing did. */
export type Answer<T> = { result: T; error?: undefined } | { result?: undefined; error: string };

const goModule = join(import.meta.dirname, 'go');

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
  return goProgram({
    name: 'gitops',
    directory: goModule,
    version: createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 12),
    package: '.',
    linkerFlags: [],
    variable: 'SLUICE_TEST_GITOPS',
    takes: 'about a minute',
  });
}
