import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import type { Readable } from 'node:stream';
import type { Port } from './conversation.ts';
import type { WorkerProcess } from './fleet.ts';

/** A process of its own, whose outputs are read here. */
export interface ForkedWorker extends WorkerProcess {
  stdout: Readable;
  stderr: Readable;
}

/** Whether this process was started by `forkedWorkers`. */
export const isWorkerProcess = (): boolean => cluster.isWorker;

/**
 * How workers are started: as this program, with the same arguments. They share one port for callers, which belongs to this
 * process: it hands each connection to the next worker that has time, and none is lost that waits while one ends. They end
 * when this process does, however it does.
 */
export function forkedWorkers(): () => ForkedWorker {
  // A copy of bytes as they are, rather than JSON.
  cluster.setupPrimary({ serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  return () => {
    const worker = cluster.fork();
    const child = worker.process;
    resetLost(child);
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`));
      child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    });
    // It says the same again, and would end this process where nobody heard.
    worker.on('error', () => {});
    return {
      pid: child.pid ?? 0,
      port: {
        send(message) {
          if (!worker.isConnected()) return false;
          // What cannot be sent is for one that ends.
          worker.send(message, () => {});
          return true;
        },
        listen: (listener) => void worker.on('message', (message) => listener(message)),
      },
      ended,
      release: () => worker.disconnect(),
      kill: () => void child.kill('SIGKILL'),
      stdout: child.stdout!,
      stderr: child.stderr!,
    };
  };
}

/** Which process a connection was handed to last. */
const handedTo = new WeakMap<object, ChildProcess>();

/**
 * Closes the connection that a process was being handed when it ended: Node would keep it open here, without an answer, until
 * its caller gives up. There is one at most, since the next is only handed over once the last was taken.
 */
function resetLost(child: ChildProcess): void {
  const send = child.send as (...args: unknown[]) => boolean;
  let last: { close(): void } | undefined;
  child.send = (...args: unknown[]) => {
    const [message, handle] = args as [{ act?: string }, typeof last];
    if (message.act === 'newconn' && handle != null) {
      last = handle;
      handedTo.set(handle, child);
    }
    return send.apply(child, args);
  };
  child.once('exit', () => {
    // One that was taken is closed here already, which does no harm; one that was refused has gone to another.
    if (last !== undefined && handedTo.get(last) === child) last.close();
  });
}

/** The channel of a worker to its primary. From here on only the primary says when it is to end. */
export function primaryPort(): Port {
  // A terminal sends these to all processes of a group, and so does systemd: the primary has each finish its calls.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {});
  return {
    send(message) {
      if (!process.connected) return false;
      process.send!(message, undefined, undefined, () => {});
      return true;
    },
    listen: (listener) => void process.on('message', (message) => listener(message)),
  };
}
