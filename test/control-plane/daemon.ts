import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A long-running program of the control plane. */
export interface Daemon {
  /** The last of what it wrote to stderr, to explain why it did not start. */
  lastWords(): string;
  /** Whether it is still running. */
  isRunning(): boolean;
  /** Ends it at once (SIGKILL) and waits until it is gone. Does nothing if it has ended already. */
  kill(): Promise<void>;
}

// The watcher holds the reading end of a pipe from this process: when that ends, however it ends, the pipe closes, and
// the program goes with it, and then the folder. `exec` gives the program the number of the shell that the watcher kills.
const script = `
exec 3<&0 </dev/null
( cat <&3 >/dev/null
  kill -9 $$ 2>/dev/null
  for try in 1 2 3 4 5; do rm -rf "$0" && break; sleep 0.2; done ) >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

/**
 * Starts `command`, which ends at the latest when this process does, even by SIGKILL; `directory` is then removed.
 * It is in a process group of its own, so Ctrl-C reaches only this process, which decides what to do.
 */
export function startDaemon(command: string, args: readonly string[], directory: string): Daemon {
  const child = spawn('sh', ['-c', script, directory, command, ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  child.stdin.on('error', () => {});
  child.on('exit', () => killGroup(child));
  return {
    lastWords: () => words,
    isRunning: () => isRunning(child),
    kill: async () => {
      if (!isRunning(child)) return;
      const gone = once(child, 'exit');
      killGroup(child);
      await gone;
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

// The group and not the program alone: its watcher must not live on, and then remove a folder that is still used.
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
