import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** A command of this program, running as a process of its own. */
export interface Child {
  name: string;
  /** Where its output is. */
  log: string;
  /** Rejects once the process ends without having been stopped; else never settles. */
  failed: Promise<never>;
  /** Asks it to end, and makes it end after five seconds. */
  stop(): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, '..', 'cli', `main${import.meta.filename.slice(-3)}`);
const running = new Set<ChildProcess>();

// However this process ends, short of SIGKILL, nothing stays behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `sluice <args>`; its output goes to `<folder>/<name>.log`. */
export function startChild(name: string, args: string[], folder: string): Child {
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'a');
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', output, output] });
  closeSync(output);
  running.add(child);
  let stopping = false;
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  }).finally(() => running.delete(child));
  const failed = new Promise<never>((_resolve, reject) => {
    ended.then((how) => stopping || reject(new Error(`sluice ${args[0]} ended (${how}); see ${log}`)));
  });
  failed.catch(() => {});
  return {
    name,
    log,
    failed,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(force);
    },
  };
}
