import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/lib/free-port.ts';
import { startDaemon } from '../control-plane/daemon.ts';
import { eventually } from '../eventually.ts';
import { redisProgram } from './program.ts';

/** A Valkey or Redis of the test's own, which keeps nothing on disk. */
export interface TestRedis {
  url: string;
  /** Ends it at once (SIGKILL), and all that it holds. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port, and waits until it answers. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a server on loopback, with a password where one is given, and users in the words of its access lists: `sluice on
 * >password ~keys +command`. It ends with this process at the latest.
 * @throws Error, naming the remedy, where there is none to be had.
 */
export async function startRedis(password?: string, users: readonly string[] = []): Promise<TestRedis> {
  const { path, libraries } = await redisProgram();
  const directory = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  if (password !== undefined) args.push('--requirepass', password);
  for (const user of users) args.push('--user', ...user.split(' '));
  const env = libraries === undefined ? [] : [`LD_LIBRARY_PATH=${libraries}`];

  const launch = async () => {
    const started = startDaemon('env', [...env, path, ...args], directory);
    await eventually(
      () => `the server answers; it said: ${started.lastWords()}`,
      () => {
        if (!started.isRunning()) throw new Error(`the server did not start: ${started.lastWords()}`);
        return answers(port);
      },
    );
    return started;
  };
  let daemon = await launch();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => daemon.kill(),
    async start() {
      daemon = await launch();
    },
    async stop() {
      await daemon.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (said: boolean) => {
      socket.destroy();
      resolve(said);
    };
    socket.once('error', () => end(false));
    // A server with a password answers that it wants one.
    socket.once('data', () => end(true));
    socket.write('PING\r\n');
  });
}
