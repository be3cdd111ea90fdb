import type { EvalWatched } from '../../api/eval-suite.ts';
import type { ReleaseKind } from '../../api/resource.ts';
import type { Watch } from '../../api/watch.ts';
import { parseDuration } from '../../lib/duration.ts';
import { addTraits, noTraits, type Traits } from '../../traits/counts.ts';
import { traitShifts } from './trait-shift.ts';

/** Calls that a window has at least, however long that takes. */
export const LEAST_CALLS = 200;
const MOST_WINDOW_MS = 7 * 24 * 3_600_000;

/** A release, and the revision of it that serves. */
export interface Serving {
  kind: ReleaseKind;
  name: string;
  revision: string;
}

/** What is known of a release that is watched: as before where that is of the same revision and asked for alike, else nothing. */
export function watchedOf(
  before: EvalWatched | undefined,
  { kind, name, revision }: Serving,
  watch: Watch,
  now: Date,
): EvalWatched {
  const asked = [watch.share, watch.window, ...watch.variables].join(' ');
  if (before?.revision === revision && before.asked === asked) return before;
  return {
    kind,
    name,
    revision,
    asked,
    message: 'calls are counted for the reference',
    ...emptyWindow(now),
  };
}

/** With more calls of its revision. */
export function withCalls(watched: EvalWatched, calls: number, traits: Traits): EvalWatched {
  const counts = readTraits(watched.counts);
  addTraits(counts, traits);
  return { ...watched, calls: watched.calls + calls, counts: JSON.stringify(counts) };
}

/**
 * After a look at the clock: a window that has lasted long enough and has calls enough ends. The first one becomes the
 * reference; each later one is compared with that.
 */
export function afterWindow(watched: EvalWatched, { window }: Watch, now: Date): EvalWatched {
  const { since, calls, counts, reference, shifts: _before, ...rest } = watched;
  const windowMs = Math.min(MOST_WINDOW_MS, parseDuration(window));
  if (calls < LEAST_CALLS || now.getTime() - Date.parse(since) < windowMs) return watched;
  if (reference === undefined) {
    return {
      ...rest,
      message: `${calls} calls: the reference for later windows`,
      reference: { since, until: now.toISOString(), calls, counts },
      ...emptyWindow(now),
    };
  }
  const shifts = traitShifts(readTraits(reference.counts), readTraits(counts));
  const shifted = Object.values(shifts);
  const compared = `${calls} calls since ${since}, compared with ${reference.calls} of ${reference.since}`;
  return {
    ...rest,
    message: `${compared}: ${shifted.length === 0 ? 'alike' : shifted.join('; ')}`.slice(0, 2_000),
    comparedAt: now.toISOString(),
    ...(shifted.length > 0 && { shifts }),
    reference,
    ...emptyWindow(now),
  };
}

const emptyWindow = (now: Date) => ({
  since: now.toISOString(),
  calls: 0,
  counts: JSON.stringify(noTraits()),
});

const readTraits = (counts: string): Traits => ({ ...noTraits(), ...JSON.parse(counts) });
