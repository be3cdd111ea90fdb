import { type Log, messageOf } from '../../lib/log.ts';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import type { CountStore } from '../../store/counts.ts';
import type { Account, Accounts } from './accounts.ts';

/** Keeps accounts equal to those of other replicas. */
export interface Sharing {
  /**
   * Reads accounts of which nothing has been read lately; undefined where there are none, or nobody to ask. Resolves after
   * `FIRST_LOOK_MS` at the latest, and never rejects.
   */
  look(accounts: readonly Account[]): Promise<void> | undefined;
  /** Whether the store answered when it was last asked. */
  up(): boolean;
  /** Tells the store the last of it. */
  stop(): Promise<void>;
}

export interface SharingOptions {
  store: CountStore;
  accounts: readonly Accounts[];
  log: Log;
  timers?: Timers;
}

/** How often what others have added is read, in ms, where the store says nothing else: how old a shared count may be. */
export const SHARE_MS = 1_000;
/** Longest wait of a call for the store, in ms: for a count that this replica has not read lately. */
export const FIRST_LOOK_MS = 5;
/** An account that has not been used for as long is not read any more. */
const FOLLOW_MS = 60_000;
/** A count is as good as unread once it is as old. */
const STALE_MS = 5_000;
/** Longest wait for the store. */
const ANSWER_MS = 1_000;
/** Accounts in one exchange. */
const AT_A_TIME = 500;

/** Tells the store what this replica has added and reads what the others have, each second or as often as it may; while it is away each counts alone. */
export function shareAccounts({ store, accounts, log, timers = systemTimers }: SharingOptions): Sharing {
  const stopping = new AbortController();
  let up = true;

  const exchange = async (some: readonly Account[]): Promise<void> => {
    const parts = some.map(({ own }) => Math.round(own));
    const changes = some.map(({ key, field, keepMs, told }, at) => {
      const part = parts[at]!;
      return { key, field, keepMs, ...(part !== told && { part }) };
    });
    const read = await answered(store.exchange(changes), timers);
    for (const [at, { part, others }] of read.entries()) {
      const account = some[at]!;
      account.told = part;
      account.others = others;
      account.readAt = timers.now();
    }
  };

  const turn = async (some: readonly Account[]): Promise<void> => {
    try {
      for (let at = 0; at < some.length; at += AT_A_TIME) await exchange(some.slice(at, at + AT_A_TIME));
      if (!up) log.info({}, 'the budget store is back: replicas share one count again');
      up = true;
    } catch (error) {
      if (up)
        log.warn({ error: messageOf(error) }, 'the budget store does not answer: each replica counts alone');
      up = false;
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const began = timers.now();
      const some = accounts.flatMap((each) => each.followed(FOLLOW_MS));
      if (some.length > 0) await turn(some);
      // However many there are, they may take a tenth of the time at most.
      const restMs = Math.min(SHARE_MS, 9 * (timers.now() - began));
      await pause(Math.max(store.everyMs ?? SHARE_MS, restMs), timers, stopping.signal);
    }
  };
  const running = run();

  return {
    look(some) {
      if (!up) return undefined;
      const since = timers.now() - STALE_MS;
      const unread = some.filter(({ readAt }) => readAt === undefined || readAt < since);
      if (unread.length === 0) return undefined;
      const ended = new AbortController();
      const read = turn(unread).finally(() => ended.abort());
      return Promise.race([read, pause(FIRST_LOOK_MS, timers, ended.signal)]);
    },
    up: () => up,
    async stop() {
      stopping.abort();
      await running;
      await turn(accounts.flatMap((each) => each.followed(0)));
      await store.close();
    },
  };
}

/** @throws Error where no answer has come in time. */
async function answered<T>(answer: Promise<T>, timers: Timers): Promise<T> {
  const ended = new AbortController();
  const late = pause(ANSWER_MS, timers, ended.signal).then(() => {
    throw new Error(`no answer in ${ANSWER_MS} ms`);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    late.catch(() => {});
    ended.abort();
  }
}
