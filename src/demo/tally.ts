/** What a caller made of one call. */
export type Seen = 'good' | 'bad' | 'error';

/** What callers have seen from one revision; times are those of the clock handed in, in ms. */
export interface RevisionTally {
  calls: number;
  bad: number;
  errors: number;
  firstBadAt: number | undefined;
  lastAt: number;
}

/** How long back the rate looks, in ms. */
const WINDOW_MS = 3_000;

/** Counts answers by the revision that gave them, as callers see it. */
export interface Tally {
  add(revision: string, seen: Seen, at: number): void;
  of(revision: string | undefined): RevisionTally;
  /** Calls per second of late; of one revision, or of all. */
  rate(now: number, revision?: string): number;
  total(): { calls: number; bad: number; errors: number };
}

export function createTally(): Tally {
  const byRevision = new Map<string, RevisionTally>();
  const recent: { revision: string; at: number }[] = [];
  const forget = (now: number) => {
    while (recent.length > 0 && recent[0]!.at <= now - WINDOW_MS) recent.shift();
  };

  return {
    add(revision, seen, at) {
      const tally = byRevision.get(revision) ?? empty();
      byRevision.set(revision, tally);
      tally.calls++;
      tally.lastAt = at;
      if (seen === 'error') tally.errors++;
      if (seen === 'bad') {
        tally.bad++;
        tally.firstBadAt ??= at;
      }
      recent.push({ revision, at });
      forget(at);
    },
    of: (revision) => byRevision.get(revision ?? '') ?? empty(),
    rate(now, revision) {
      forget(now);
      const calls = recent.filter((each) => revision === undefined || each.revision === revision);
      return (calls.length * 1000) / WINDOW_MS;
    },
    total() {
      const total = { calls: 0, bad: 0, errors: 0 };
      for (const { calls, bad, errors } of byRevision.values()) {
        total.calls += calls;
        total.bad += bad;
        total.errors += errors;
      }
      return total;
    },
  };
}

const empty = (): RevisionTally => ({ calls: 0, bad: 0, errors: 0, firstBadAt: undefined, lastAt: 0 });
