import {
  type Buckets,
  type CustomCounts,
  type CustomHistograms,
  type CustomReading,
  SUM_PREFIX,
} from '../api/evidence.ts';
import { bucketOf } from '../lib/buckets.ts';
import type { Block } from './counts.ts';
import { addBuckets, type HistogramBlock } from './histogram.ts';

/** One series' cumulative numbers: a counter's value, or a histogram's counts by bound. */
type Numbers = Readonly<Record<string, number>>;

/** What was last read of one arm's series. */
type Arm = Readonly<Record<string, { readonly last: Numbers; readonly waits: boolean }>>;

/** What was last read of the user's own guardrails. Not kept over a restart: the gap is left out, and nothing doubled. */
export interface CustomState {
  readonly arms: ReadonlyMap<string, { readonly candidate: Arm; readonly stable: Arm }>;
  /** Counts of bad calls that came before the calls themselves did, or parts of a call. */
  readonly rest: ReadonlyMap<string, { readonly candidate: Pending; readonly stable: Pending }>;
}

interface Pending {
  readonly bad: number;
  readonly total: number;
}

export const NO_CUSTOM: CustomState = { arms: new Map(), rest: new Map() };

/** What is new of one of the user's own guardrails. */
export type CustomServed = { counts: Block } | { values: HistogramBlock } | { problem: string };

const NO_PENDING: Pending = { bad: 0, total: 0 };
/** Series of one arm that are remembered. */
const MOST_SERIES = 512;

/**
 * Values of a histogram are counted in units of 2⁻²⁰, so that fractions of a second are told apart, and so that the bounds
 * of a native histogram of the finest common resolution are bounds of buckets.
 */
export const CUSTOM_UNIT = 2 ** 20;

/** Metrics are scraped at least as often as that, in ms: what changes later in a step is of that step. */
const SCRAPED_WITHIN_MS = 60_000;

/**
 * Turns cumulative series into what is new since the last reading. Prometheus does not know which split was in force: when
 * it has `moved`, what a series shows after its next change may be of both and is left out, unless the step has lasted
 * a minute by then.
 */
export function absorbCustom(
  state: CustomState,
  readings: readonly CustomReading[],
  { moved, stepElapsedMs }: { moved: boolean; stepElapsedMs: number },
): { state: CustomState; served: ReadonlyMap<string, CustomServed> } {
  const [arms, rest] = [new Map(state.arms), new Map(state.rest)];
  const served = new Map<string, CustomServed>();
  const settled = stepElapsedMs >= SCRAPED_WITHIN_MS;
  for (const reading of readings) {
    const { guardrail } = reading;
    if ('problem' in reading) {
      served.set(guardrail, { problem: reading.problem });
      continue;
    }
    const before = state.arms.get(guardrail);
    const candidate = growth(before?.candidate, seriesOf(reading.candidate), moved, settled);
    const stable = growth(before?.stable, seriesOf(reading.stable), moved, settled);
    arms.set(guardrail, { candidate: candidate.arm, stable: stable.arm });
    if ('histograms' in reading.candidate) {
      served.set(guardrail, { values: valuesOf(candidate.grown, stable.grown) });
      continue;
    }
    const pending = state.rest.get(guardrail);
    const [c, s] = [
      wholeCalls(candidate.grown, pending?.candidate),
      wholeCalls(stable.grown, pending?.stable),
    ];
    rest.set(guardrail, { candidate: c.rest, stable: s.rest });
    served.set(guardrail, { counts: { candidate: c.counts, stable: s.counts } });
  }
  return { state: { arms, rest }, served };
}

function seriesOf(arm: CustomCounts | CustomHistograms): Record<string, Numbers> {
  const entries: [string, Numbers][] =
    'histograms' in arm
      ? Object.entries(arm.histograms).map(([id, pairs]) => [id, Object.fromEntries(pairs)])
      : (['bad', 'total'] as const).flatMap((kind) =>
          Object.entries(arm[kind]).map(([id, value]): [string, Numbers] => [`${kind}/${id}`, { value }]),
        );
  return Object.fromEntries(entries);
}

function growth(before: Arm | undefined, now: Record<string, Numbers>, moved: boolean, settled: boolean) {
  const arm: Record<string, Arm[string]> = { ...before };
  const grown: Record<string, Numbers> = {};
  for (const [id, numbers] of Object.entries(now)) {
    const known = before?.[id];
    delete arm[id];
    if (before === undefined || (moved && known !== undefined)) {
      arm[id] = { last: numbers, waits: !settled };
      continue;
    }
    if (known?.waits && !settled) {
      const same = Object.keys(numbers).every((key) => numbers[key] === known.last[key]);
      arm[id] = { last: numbers, waits: same };
      continue;
    }
    arm[id] = { last: numbers, waits: false };
    if (known === undefined) grown[id] = numbers;
    else if (highest(numbers) < highest(known.last)) {
      // A sum over several series falls when one of them goes: what it says then is not all new.
      if (!isSum(id)) grown[id] = numbers;
    } else if (Object.keys(known.last).every((key) => numbers[key] !== undefined)) {
      grown[id] = less(numbers, known.last);
    }
    // Else a native histogram has joined buckets: what was in which before is not known any more.
  }
  for (const id of Object.keys(arm).slice(0, -MOST_SERIES)) delete arm[id];
  return { arm, grown };
}

function isSum(id: string): boolean {
  return id.replace(/^(bad|total)\//, '').startsWith(SUM_PREFIX);
}

function highest(numbers: Numbers): number {
  return Math.max(0, ...Object.values(numbers));
}

function less(now: Numbers, before: Numbers): Numbers {
  return Object.fromEntries(Object.entries(now).map(([key, value]) => [key, value - upTo(before, key)]));
}

/** What was counted up to a bound, which may be new since: as much as up to the next lower one. */
function upTo(numbers: Numbers, key: string): number {
  const exact = numbers[key];
  if (exact !== undefined) return exact;
  const lower = Object.keys(numbers).filter((each) => Number(each) < Number(key));
  return Math.max(0, ...lower.map((each) => numbers[each]!));
}

/** Bad calls and calls may be scraped one after the other: they are counted once there are as many calls as bad ones. */
function wholeCalls(grown: Record<string, Numbers>, pending: Pending = NO_PENDING) {
  let { bad, total } = pending;
  for (const [id, { value = 0 }] of Object.entries(grown)) {
    if (id.startsWith('bad/')) bad += value;
    else total += value;
  }
  const counts = bad > total ? { calls: 0, bad: 0 } : { calls: Math.floor(total), bad: Math.floor(bad) };
  return { counts, rest: { bad: bad - counts.bad, total: total - counts.calls } };
}

/**
 * Where a value lies between two bounds is not known: the candidate's is taken for the lower, stable's for the upper one,
 * so that coarse buckets widen what is tolerated instead of making a difference.
 */
function valuesOf(candidate: Record<string, Numbers>, stable: Record<string, Numbers>): HistogramBlock {
  const at = (grown: Record<string, Numbers>, place: (lower: number, upper: number) => number) =>
    Object.values(grown)
      .map((numbers) => bucketsOf(numbers, place))
      .reduce(addBuckets, {});
  const middle = (lower: number, upper: number) =>
    upper === Number.POSITIVE_INFINITY ? bucketOf(lower) : bucketOf(Math.max(0, lower + upper) / 2);
  return {
    candidate: at(candidate, (lower) => bucketOf(lower * (1 + 1e-9))),
    stable: at(stable, (_, upper) => bucketOf(upper * (1 - 1e-9))),
    shown: { candidate: at(candidate, middle), stable: at(stable, middle) },
  };
}

function bucketsOf(numbers: Numbers, place: (lower: number, upper: number) => number): Buckets {
  const bounds = Object.keys(numbers)
    .map(Number)
    .sort((a, b) => a - b);
  const buckets: Buckets = {};
  let [lower, below] = [Number.NEGATIVE_INFINITY, 0];
  for (const upper of bounds) {
    const cumulated = numbers[upper]!;
    const count = Math.round(cumulated) - Math.round(below);
    const bucket = place(lower * CUSTOM_UNIT, upper * CUSTOM_UNIT);
    if (count > 0) buckets[bucket] = (buckets[bucket] ?? 0) + count;
    [lower, below] = [upper, cumulated];
  }
  return buckets;
}
