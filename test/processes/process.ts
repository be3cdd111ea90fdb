import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

/** One of Sluice's own processes, as a user would start it. */
export interface SluiceProcess {
  /** Resolves with the first log entry that satisfies `wanted`, looking back too; rejects when the process ends. */
  logged(wanted: (entry: LogEntry) => boolean): Promise<LogEntry>;
  /** Everything it has written to standard error and, call records, to standard output. */
  output(): string;
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export type LogEntry = Record<string, unknown> & { msg?: string };

/** Starts `sluice <args>` from the source, with `env` beside this process's own. */
export function startSluice(args: readonly string[], env: NodeJS.ProcessEnv = {}): SluiceProcess {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const entries: LogEntry[] = [];
  const waiting = new Set<{
    wanted: (entry: LogEntry) => boolean;
    resolve: (entry: LogEntry) => void;
    reject: (error: Error) => void;
  }>();
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr! }).on('line', (line) => {
    lines.push(line);
    const entry = parse(line);
    entries.push(entry);
    for (const each of waiting) {
      if (!each.wanted(entry)) continue;
      waiting.delete(each);
      each.resolve(entry);
    }
  });
  const ended = once(child, 'exit').then(() => {
    for (const { reject } of waiting)
      reject(new Error(`sluice ${args[0]} ended:\n${lines.slice(-20).join('\n')}`));
    waiting.clear();
  });
  return {
    output: () => lines.join('\n'),
    logged(wanted) {
      const known = entries.find(wanted);
      if (known) return Promise.resolve(known);
      return new Promise((resolve, reject) => waiting.add({ wanted, resolve, reject }));
    },
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

function parse(line: string): LogEntry {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return { msg: line };
  }
}
