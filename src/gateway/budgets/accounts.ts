import { randomUUID } from 'node:crypto';
import type { Timers } from '../../lib/timers.ts';

/** A sum that calls add to, in millionths of a USD or in ms: this replica's part to the last call, and the others'. */
export interface Account {
  readonly key: string;
  /** Names this replica's part among those of others. One that was forgotten and begins anew has another. */
  readonly field: string;
  /** How long it is kept after its last use, in ms. */
  readonly keepMs: number;
  own: number;
  /** What others have added, as it was read last. */
  others: number;
  usedAt: number;
  /** What the store holds of `own`. */
  told: number;
  readAt?: number;
}

export interface Accounts {
  /** The account of that key, opened where there is none. */
  open(key: string, keepMs: number): Account;
  /**
   * Uses an account again without a look for its key, and says whether it is still kept: only where none is forgotten for want of
   * room.
   */
  use(account: Account): boolean;
  /** Those that were used within the last `ms`, or of which the store does not know all. */
  followed(ms: number): Account[];
  size(): number;
}

export const sumOf = ({ own, others }: Account): number => own + others;

/** Looks for those that have had their time, at most this often. */
const SWEEP_MS = 60_000;

/** Accounts in memory, `most` at a time: the one that was not used for longest goes first. */
export function accountsInMemory(timers: Pick<Timers, 'now'>, most = Number.POSITIVE_INFINITY): Accounts {
  const replica = randomUUID();
  const kept = new Map<string, Account>();
  let opened = 0;
  let sweptAt = timers.now();

  const sweep = (now: number): void => {
    if (now - sweptAt < SWEEP_MS) return;
    sweptAt = now;
    for (const { key, usedAt, keepMs } of kept.values()) if (now - usedAt >= keepMs) kept.delete(key);
  };

  return {
    open(key, keepMs) {
      const usedAt = timers.now();
      sweep(usedAt);
      const known = kept.get(key);
      kept.delete(key);
      if (kept.size >= most) kept.delete(kept.keys().next().value!);
      const usable = known !== undefined && usedAt - known.usedAt < known.keepMs;
      const account = usable
        ? known
        : { key, keepMs, field: `${replica}.${++opened}`, own: 0, others: 0, usedAt, told: 0 };
      account.usedAt = usedAt;
      // The latest used is the last.
      kept.set(key, account);
      return account;
    },
    use(account) {
      const usedAt = timers.now();
      sweep(usedAt);
      if (usedAt - account.usedAt >= account.keepMs) return false;
      account.usedAt = usedAt;
      return true;
    },
    followed(ms) {
      const since = timers.now() - ms;
      return [...kept.values()].filter(
        ({ usedAt, own, told }) => usedAt >= since || Math.round(own) !== told,
      );
    },
    size: () => kept.size,
  };
}
