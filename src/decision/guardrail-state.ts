import { SCORE_STEPS } from '../api/evidence.ts';
import { isLatency } from '../api/guardrail.ts';
import { BUCKETS_PER_DOUBLING, lowerBound } from '../lib/buckets.ts';
import { type BurstState, NO_BURSTS, observeBursts } from './bursts.ts';
import type { JudgedGuardrail, ShiftGuarded } from './case.ts';
import type { Counts } from './counts.ts';
import type { CustomServed } from './custom.ts';
import type { GuardrailReading } from './decide.ts';
import { countFrom, entriesOf, type HistogramBlock, sizeOf } from './histogram.ts';
import type { Served } from './ledger.ts';
import {
  type LimitState,
  limitEvidence,
  observeMean,
  observeShare,
  startMeanLimit,
  startShareLimit,
} from './limit.ts';
import { bucketsOf, countsOf, type Measured } from './measured.ts';
import { observeRate, type RateState, restartAtStep, startRate } from './rate.ts';
import { type Reading, readRate, readScore, readShift } from './reading.ts';
import { observeScore, restartScore, type ScoreState, startScore } from './score.ts';
import { observeShift, restartShift, type ShiftState, startShift } from './shift.ts';

/** What is known of one guardrail. Plain JSON. */
export type GuardrailState = (
  | { readonly method: 'rate'; readonly state: RateState; readonly bursts: BurstState }
  | { readonly method: 'score'; readonly state: ScoreState }
  | { readonly method: 'shift'; readonly state: ShiftState }
) & {
  readonly limit?: LimitState;
  /** Why nothing could be read at the last look. */
  readonly problem?: string;
};

/** Of 100 calls so many may take longer than a limit on latency. */
const SLOW_SHARE = 0.05;
/** A ceiling of nothing or of everything would leave no bet to make. */
const LEAST_CEILING = 1e-6;
const MOST_CEILING = 1 - 1e-3;

/** Begins a rollout. `before` is what stable was measured at before it. */
export function startGuardrail(
  guardrail: JudgedGuardrail,
  before: Measured,
  restarts: number,
): GuardrailState {
  const limit = startLimit(guardrail);
  const rest = limit === undefined ? {} : { limit };
  switch (guardrail.method) {
    case 'rate': {
      const { metric, notWorse } = guardrail;
      const prior = metric === 'custom' ? undefined : countsOf(metric, before.tally);
      return { method: 'rate', state: startRate(prior, { restarts, notWorse }), bursts: NO_BURSTS, ...rest };
    }
    case 'score': {
      const { metric, notWorse, suite } = guardrail;
      const prior = bucketsOf(metric, before, suite);
      return { method: 'score', state: startScore(prior, { restarts, notWorse }), ...rest };
    }
    case 'shift': {
      const { metric, margins } = guardrail;
      const prior = metric === 'custom' ? {} : bucketsOf(metric, before, undefined);
      return { method: 'shift', state: startShift(prior, { restarts, margins }), ...rest };
    }
  }
}

/** Begins the next step. */
export function restartGuardrail(known: GuardrailState): GuardrailState {
  switch (known.method) {
    case 'rate':
      return { ...known, state: restartAtStep(known.state) };
    case 'score':
      return { ...known, state: restartScore(known.state) };
    case 'shift':
      return { ...known, state: restartShift(known.state) };
  }
}

/** Adds what the gateways counted at one weight. A guardrail of the user's own is not among it. */
export function observeServed(
  known: GuardrailState,
  guardrail: JudgedGuardrail,
  { weight, candidate, stable, stableByReplica }: Served,
): GuardrailState {
  const { metric } = guardrail;
  if (metric === 'custom') return known;
  if (guardrail.method === 'rate') {
    const counts = (tally: Measured['tally']) => countsOf(guardrail.metric as never, tally);
    const block = { candidate: counts(candidate.tally), stable: counts(stable.tally), weight };
    return observeCounts(known, block, stableByReplica.map(counts));
  }
  const suite = guardrail.method === 'score' ? guardrail.suite : undefined;
  const values = (measured: Measured) => bucketsOf(metric as never, measured, suite);
  return observeValues(known, guardrail, { candidate: values(candidate), stable: values(stable), weight });
}

/** Forgets why nothing could be read at the last look. */
export function withoutProblem(known: GuardrailState): GuardrailState {
  if (known.problem === undefined) return known;
  const { problem: _, ...rest } = known;
  return rest;
}

/** Adds what Prometheus said of a guardrail of the user's own, while `weight` was in force. */
export function observeCustom(
  known: GuardrailState,
  guardrail: JudgedGuardrail,
  served: CustomServed,
  weight: number,
): GuardrailState {
  const rest = withoutProblem(known);
  if ('problem' in served) return { ...rest, problem: served.problem };
  if ('counts' in served) return observeCounts(rest, { ...served.counts, weight }, [served.counts.stable]);
  return observeValues(rest, guardrail, { ...served.values, weight });
}

/** What is known of a guardrail, for the decision. */
export function readGuardrail(guardrail: JudgedGuardrail, known: GuardrailState): GuardrailReading {
  const { name, weight } = guardrail;
  const reading = readingOf(guardrail, known);
  // A limit is held against the candidate alone.
  const measured = reading.hasData || (known.limit !== undefined && reading.candidate.calls > 0);
  return {
    name,
    weight,
    reading: { ...reading, hasData: measured && known.problem === undefined },
    ...(known.limit && { limit: limitEvidence(known.limit) }),
  };
}

function readingOf(guardrail: JudgedGuardrail, known: GuardrailState): Reading {
  if (known.method === 'shift') return readShift(known.state);
  const { tolerance } = guardrail as Exclude<JudgedGuardrail, ShiftGuarded>;
  return known.method === 'rate'
    ? readRate(known.state, tolerance, known.bursts)
    : readScore(known.state, tolerance);
}

type CountsBlock = { candidate: Counts; stable: Counts; weight: number };

function observeCounts(known: GuardrailState, block: CountsBlock, stableByReplica: Counts[]): GuardrailState {
  if (known.method !== 'rate') return known;
  const { limit } = known;
  return {
    ...known,
    state: observeRate(known.state, block),
    bursts: observeBursts(known.bursts, stableByReplica),
    ...(limit && { limit: observeShare(limit, block.candidate) }),
  };
}

function observeValues(
  known: GuardrailState,
  guardrail: JudgedGuardrail,
  block: HistogramBlock,
): GuardrailState {
  if (known.method === 'rate') return known;
  const limit = known.limit && observeLimit(known.limit, guardrail, block.candidate);
  const rest = limit === undefined ? {} : { limit };
  return known.method === 'score'
    ? { ...known, state: observeScore(known.state, block), ...rest }
    : { ...known, state: observeShift(known.state, block), ...rest };
}

function startLimit({ limit, method, metric }: JudgedGuardrail): LimitState | undefined {
  if (limit === undefined) return undefined;
  if (isLatency(metric)) return startShareLimit(SLOW_SHARE);
  if (method === 'rate') return startShareLimit(Math.min(MOST_CEILING, Math.max(LEAST_CEILING, limit)));
  return startMeanLimit(Math.max(LEAST_CEILING, limit));
}

/** Values are taken for the lower bounds of their buckets, so that none counts for more than it is. */
function observeLimit(
  state: LimitState,
  { method, metric, limit = 0 }: JudgedGuardrail,
  values: HistogramBlock['candidate'],
): LimitState {
  if (isLatency(metric)) {
    const first = Math.ceil(Math.log2(Math.max(1, limit)) * BUCKETS_PER_DOUBLING);
    return observeShare(state, { calls: sizeOf(values), bad: countFrom(values, first) });
  }
  const read = method === 'score' ? (bucket: number) => bucket / SCORE_STEPS : lowerBound;
  return observeMean(
    state,
    entriesOf(values).map(([bucket, count]) => [read(bucket), count]),
  );
}
