import { backoffMs } from '../../lib/backoff.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import { type Answers, type Conversation, conversation, NoAnswer, type Port } from './conversation.ts';
import type { OfPrimary, OfWorker, WorkerOrder } from './messages.ts';

/** A process that was started to be a worker. */
export interface WorkerProcess {
  pid: number;
  port: Port;
  /** Resolves with how it ended, in words; also where it could not be started. */
  ended: Promise<string>;
  /** Lets go of it: it ends once it has nothing more to do. */
  release(): void;
  /** Ends it at once. */
  kill(): void;
}

/** A worker that serves. */
export interface Member extends Pick<Conversation<OfWorker>, 'ask'> {
  /** From 1 on. */
  worker: number;
  /** Of this run: the one that takes its place has another. */
  id: string;
}

export interface FleetOptions {
  /** How many there should be. */
  workers: number;
  spawn(worker: number): WorkerProcess;
  /** What each is told at its start, but for its number. */
  order: Omit<WorkerOrder, 'worker'>;
  answers: Answers<OfPrimary>;
  log: Log;
  timers?: Timers;
  random?: () => number;
}

/** Workers, each of which is started again when it ends. */
export interface Fleet {
  /** Those that serve now. */
  serving(): readonly Member[];
  /** How often one has been started again. */
  restarts(): number;
  /** Where callers come in, once the first serves. @throws Error in the words of the first that could not start before that. */
  readonly first: Promise<string>;
  /** Has all finish the calls under way, within `graceMs`, and end; resolves when they have. */
  stop(graceMs: number): Promise<void>;
}

/** Between the end of a worker and the start of the next, from the first to the longest of a row of them. */
const RESTART = { baseMs: 100, maxMs: 30_000 };
/** One that has served as long has nothing to do with why the last one ended. */
const STEADY_MS = 60_000;
/** How often a worker is asked for a sign of life, and how long it has: one that gives none twice is ended. */
const ALIVE_MS = 10_000;
/** What a worker has beyond its grace to write down what it knows, and then to end. */
const FLUSH_MS = 4_500;
const END_MS = 2_000;

/** Starts workers and keeps them running. */
export function startFleet({ workers, spawn, order, answers, log, ...options }: FleetOptions): Fleet {
  const { timers = systemTimers, random } = options;
  const stopping = new AbortController();
  const running = new Map<number, Running>();
  const first = Promise.withResolvers<string>();
  first.promise.catch(() => {});
  let served = false;
  let runs = 0;
  let restarts = 0;

  const begin = (worker: number): Running => {
    const process = spawn(worker);
    const asking = conversation<OfWorker, OfPrimary>(process.port, answers, timers);
    const own: Running = { worker, id: `${worker}.${++runs}`, process, ask: asking.ask };
    process.ended.then(() => asking.end());
    own.ask('start', { ...order, worker }).then(
      ({ url }) => {
        own.servedAt = timers.now();
        log.info({ worker, pid: process.pid }, 'the worker serves');
        served = true;
        first.resolve(url);
      },
      (error: unknown) => {
        if (!(error instanceof NoAnswer) || error.why !== 'failed') return;
        own.failed = error.message;
        first.reject(new Error(error.message));
        process.kill();
      },
    );
    running.set(worker, own);
    return own;
  };

  const watch = async ({ worker, ask, process }: Running, signal: AbortSignal): Promise<void> => {
    for (let late = 0; !signal.aborted; ) {
      const answer = await ask('alive', undefined, ALIVE_MS).catch((error: unknown) => error);
      // What has gone has ended, or is about to.
      if (signal.aborted || (answer instanceof NoAnswer && answer.why === 'gone')) return;
      late = answer === true ? 0 : late + 1;
      if (late >= 2) {
        log.error({ worker, pid: process.pid }, 'the worker gives no sign of life: it is ended');
        return process.kill();
      }
      if (late === 0) await pause(ALIVE_MS, timers, signal);
    }
  };

  const keep = async (worker: number): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const own = begin(worker);
      const over = new AbortController();
      void watch(own, over.signal);
      const how = await own.process.ended;
      over.abort();
      running.delete(worker);
      // What keeps the first of all from starting ends the program, which says it once.
      if (stopping.signal.aborted || (own.failed !== undefined && !served)) return;
      if (own.servedAt !== undefined && timers.now() - own.servedAt >= STEADY_MS) failures = 0;
      const againMs = Math.round(backoffMs(failures, { ...RESTART, ...(random && { random }) }));
      const why = own.failed === undefined ? {} : { error: own.failed };
      log.error(
        { worker, pid: own.process.pid, how, ...why, againMs },
        'a worker has ended: another is started',
      );
      await pause(againMs, timers, stopping.signal);
      if (!stopping.signal.aborted) restarts++;
    }
  };
  const kept = Array.from({ length: workers }, (_, at) => keep(at + 1));

  const end = async ({ worker, ask, process, servedAt }: Running, graceMs: number): Promise<void> => {
    // One that does not serve yet has nothing under way.
    if (servedAt === undefined) return process.kill();
    try {
      await ask('stop', graceMs, graceMs + FLUSH_MS);
      process.release();
      const ended = new AbortController();
      process.ended.then(() => ended.abort());
      await pause(END_MS, timers, ended.signal);
    } catch (error) {
      log.error({ worker, pid: process.pid, error: messageOf(error) }, 'the worker did not stop cleanly');
    }
    process.kill();
  };

  return {
    serving: () => [...running.values()].filter(({ servedAt }) => servedAt !== undefined),
    restarts: () => restarts,
    first: first.promise,
    async stop(graceMs) {
      stopping.abort();
      await Promise.all([...running.values()].map((each) => end(each, graceMs)));
      await Promise.all(kept);
    },
  };
}

interface Running extends Member {
  process: WorkerProcess;
  /** Since when it serves. */
  servedAt?: number;
  /** Why it could not. */
  failed?: string;
}
