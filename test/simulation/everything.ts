import { drawNormal, type Random } from '../../src/lib/random.ts';
import { drawBinomial } from './binomial.ts';
import {
  counted,
  type Each,
  type Measured,
  type Pair,
  type RateAt,
  type Traffic,
  traffic,
  valued,
} from './traffic.ts';

/** What a revision is like in all that the default guardrails watch. */
export interface Behaviour {
  /** Share of calls that fail. */
  errors: RateAt;
  /** Shares of finished answers. */
  schemaFailures: number;
  refusals: number;
  /** Factors on latency, time to first token, cost and tokens. */
  slower: number;
  dearer: number;
}

export const HEALTHY: Behaviour = {
  errors: () => 0.01,
  schemaFailures: 0.005,
  refusals: 0.02,
  slower: 1,
  dearer: 1,
};

/** Calls that fail, are refused or break their schema: the default guardrails on rates, in their order. */
export function outcomes(callsPerSecond: number, candidate: Behaviour, stable: Behaviour): Traffic {
  return traffic(callsPerSecond, (drawn, second, random) => {
    const [ours, theirs] = [
      ratesOf(drawn.candidate, candidate, second, random),
      ratesOf(drawn.stable, stable, second, random),
    ];
    return [
      { metric: 'ErrorRate', candidate: ours.errors, stable: theirs.errors },
      { metric: 'SchemaFailureRate', candidate: ours.schemaFailures, stable: theirs.schemaFailures },
      { metric: 'RefusalRate', candidate: ours.refusals, stable: theirs.refusals },
    ];
  });
}

/** Calls that are measured in everything that the default guardrails watch, in their order. */
export function everything(callsPerSecond: number, candidate: Behaviour, stable: Behaviour): Traffic {
  const rates = outcomes(callsPerSecond, candidate, stable);
  const withValues = (pairs: Each<Pair>, random: Random): Each<Pair> => {
    const finished = pairs[2];
    const values = VALUES.map(({ metric, middle, spread, factor }): Pair => {
      const arm = ({ served, calls }: Measured, behaviour: Behaviour) =>
        valued(
          served,
          calls,
          () => middle * behaviour[factor] * Math.exp(spread * drawNormal(random)),
          random,
        );
      return {
        metric,
        candidate: arm(finished!.candidate, candidate),
        stable: arm(finished!.stable, stable),
      };
    });
    return [...pairs, ...values];
  };
  return {
    before: (random) => withValues(rates.before(random), random),
    during: (second, seconds, weight, random) =>
      withValues(rates.during(second, seconds, weight, random), random),
  };
}

/** Lognormal, each drawn by itself: latencies in ms, cost in millionths of a dollar. */
const VALUES = [
  { metric: 'Latency', middle: 4_000, spread: 0.6, factor: 'slower' },
  { metric: 'FirstTokenLatency', middle: 600, spread: 0.5, factor: 'slower' },
  { metric: 'CostPerCall', middle: 3_000, spread: 0.5, factor: 'dearer' },
  { metric: 'OutputTokens', middle: 400, spread: 0.5, factor: 'dearer' },
] as const;

function ratesOf(calls: number, behaviour: Behaviour, second: number, random: Random) {
  const failed = drawBinomial(random, calls, behaviour.errors(second));
  const finished = calls - failed;
  const refused = drawBinomial(random, finished, behaviour.refusals);
  const checked = finished - refused;
  return {
    errors: counted(calls, failed),
    schemaFailures: counted(checked, drawBinomial(random, checked, behaviour.schemaFailures)),
    refusals: counted(finished, refused),
  };
}
