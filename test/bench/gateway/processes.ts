import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const children: ChildProcess[] = [];

/** Starts a program in a group of its own; what it says on its error output is shown where it ends badly. */
export function startProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
  children.push(child);
  // What nobody reads fills the pipe, and then stops whoever writes to it: some log each call.
  child.stdout.resume();
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4_000)));
  child.on('exit', (code) => {
    if (code) process.stderr.write(`${program} ended with ${code}: ${said}\n`);
  });
  return child;
}

/** Starts a part of `parts.ts` and gives its first line. */
export const startPart = (...args: string[]): Promise<{ pid: number; line: string }> =>
  startFile('parts.ts', ...args);

/** Starts a program of this folder and gives its first line. */
export async function startFile(file: string, ...args: string[]): Promise<{ pid: number; line: string }> {
  const child = startProgram(process.execPath, [join(import.meta.dirname, file), ...args]);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { pid: child.pid!, line };
}

/** Ends everything that was started, with all that it started itself. */
export function stopAll(): void {
  for (const { pid, exitCode } of children) {
    if (pid === undefined || exitCode !== null) continue;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

export interface Use {
  /** User and system time so far, in ms; the kernel counts in hundredths of a second. */
  cpuMs: number;
  /** Memory that is resident, in MiB. */
  residentMiB: number;
}

/** What a process and those that it started have used. */
export async function useOf(pid: number): Promise<Use> {
  const sum: Use = { cpuMs: 0, residentMiB: 0 };
  for (const each of await familyOf(pid)) {
    const stat = await readFile(`/proc/${each}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    sum.cpuMs += (Number(fields[11]) + Number(fields[12])) * 10;
    sum.residentMiB += (Number(fields[21]) * 4_096) / 2 ** 20;
  }
  return sum;
}

async function familyOf(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined);
    if (stat !== undefined)
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const family = [pid];
  for (const member of family)
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  return family;
}

/** Waits until a call is answered. @throws Error where none was within so many ms. */
export async function answering(call: () => Promise<Response>, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  let last = 'nothing';
  while (Date.now() < end) {
    try {
      const response = await call();
      const text = await response.text();
      if (response.ok) return;
      last = `${response.status} ${text.slice(0, 300)}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no answer within ${withinMs} ms, last: ${last}`);
}
