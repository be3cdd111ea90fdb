import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import type { CustomPattern } from '../../privacy/custom.ts';
import type { Kind } from '../../privacy/detectors.ts';
import type { Said } from '../../privacy/find-all.ts';
import type { Span } from '../../privacy/span.ts';

/** What is to be found where: plain data, since it goes to another thread. */
export interface Look {
  kinds: readonly Kind[];
  custom: readonly CustomPattern[];
  said: readonly Said[];
}

const MOST_THREADS = 4;
/** How long a thread without work is kept, in ms: it takes some 30 MB. */
const IDLE_MS = 60_000;
const THREAD = new URL(`./aside-thread${import.meta.filename.slice(-3)}`, import.meta.url).href;

let pool: Tinypool | undefined;

/**
 * Finds what is private in texts, in another thread: a text of some MB takes a second, for which no other call would go on.
 * Threads begin with the first such text, and keep no process from ending.
 * @throws Error where the thread ends before it has answered
 */
export function findAside(look: Look): Promise<Span[][]> {
  pool ??= new Tinypool({
    filename: THREAD,
    minThreads: 0,
    maxThreads: Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1)),
    idleTimeout: IDLE_MS,
    // Flags of this process, `--eval` for one, are not meant for a thread.
    execArgv: [],
  });
  return pool.run(look) as Promise<Span[][]>;
}
