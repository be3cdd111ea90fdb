import { drawNormal, type Random } from '../../../src/lib/random.ts';
import { everything, HEALTHY } from '../../simulation/everything.ts';
import { DEFAULT_PLAN, type Plan } from '../../simulation/rollout.ts';
import { type RateAt, rateTraffic, type Traffic, valueTraffic } from '../../simulation/traffic.ts';

/** What is measured of each call. */
export type Measure = 'rate' | 'score' | 'cost' | 'all';

/** A rollout to be judged, again and again. */
export interface Scenario {
  /** For `--only`. */
  name: string;
  title: string;
  measure: Measure;
  /** Whether the candidate is worse than stable: then a rollback is right, else it is false. */
  worse: boolean;
  plan: Plan;
  /** Begins one run; what differs between runs beyond the calls is drawn here. */
  traffic(random: Random): Traffic;
}

const FAST = 20;
const SLOW = 0.5;
const BASE = 0.01;
const HOUR = 3_600;

const INCIDENT = { from: 360, to: 660, rate: 0.06 };
const DRIFT = { rise: 0.02, within: DEFAULT_PLAN.deadline };
const BURST = { quiet: 0.005, rate: 0.15, seconds: 20, everySeconds: 120 };
const CLUSTER = 3;

/** Share of calls that an LLM judges. */
const JUDGED = 0.2;
/** Millionths of a dollar. */
const MIDDLE_COST = 3_000;

/** Candidates that are no worse than stable: every rollback is a false one. */
const good: Scenario[] = [
  rates('calm', 'calm, 20 calls/s', FAST, always(BASE)),
  rates('calm-slow', 'calm, 0.5 calls/s', SLOW, always(BASE)),
  rates('incident', 'incident of the provider', FAST, (second) =>
    second >= INCIDENT.from && second < INCIDENT.to ? INCIDENT.rate : BASE,
  ),
  rates('drift', 'drift', FAST, (second) => BASE + (DRIFT.rise * Math.max(0, second)) / DRIFT.within),
  {
    ...rates('bursts', 'bursts', FAST, always(BASE)),
    traffic: (random) => {
      const rate = bursts(random);
      return rateTraffic({ callsPerSecond: FAST, candidate: rate, stable: rate });
    },
  },
  {
    ...rates('clusters', 'bad calls in threes', FAST, always(BASE)),
    traffic: () =>
      rateTraffic({
        callsPerSecond: FAST,
        candidate: always(BASE),
        stable: always(BASE),
        cluster: CLUSTER,
      }),
  },
  scores('score-calm', 'score .90, no change', 0.9),
  costs('cost-calm', 'cost, no change', 1),
  {
    name: 'all-calm',
    title: 'everything watched, no change',
    measure: 'all',
    worse: false,
    plan: DEFAULT_PLAN,
    traffic: () => everything(FAST, HEALTHY, HEALTHY),
  },
];

/** Candidates that are worse. */
const bad: Scenario[] = [
  rates('to-2', '1 → 2 %', FAST, always(BASE), always(0.02)),
  rates('to-5', '1 → 5 %', FAST, always(BASE), always(0.05)),
  rates('to-20', '1 → 20 %', FAST, always(BASE), always(0.2)),
  rates('to-100', '1 → 100 %', FAST, always(BASE), always(1)),
  rates('to-5-slow', '1 → 5 %, 0.5 calls/s', SLOW, always(BASE), always(0.05)),
  {
    ...rates('to-5-slow-hour', '1 → 5 %, 0.5 calls/s, an hour', SLOW, always(BASE), always(0.05)),
    plan: { ...DEFAULT_PLAN, deadline: HOUR },
  },
  {
    ...rates('to-5-slow-half', '1 → 5 %, 0.5 calls/s, an hour at 50 %', SLOW, always(BASE), always(0.05)),
    plan: { ...DEFAULT_PLAN, steps: [50], secondsPerStep: HOUR, deadline: HOUR },
  },
  scores('score-85', 'score .90 → .85', 0.85),
  costs('cost-2', 'cost × 2', 2),
  costs('cost-1.3', 'cost × 1.3', 1.3),
];

export const SCENARIOS: readonly Scenario[] = [...good, ...bad];

/** What the scenarios take for granted, for whoever reads the figures. */
export const ASSUMPTIONS = [
  `Steps of ${DEFAULT_PLAN.steps.join(', ')} %, ${DEFAULT_PLAN.secondsPerStep / 60} minutes each, if not said otherwise; a held candidate stays in its step; the end is after ${DEFAULT_PLAN.deadline / 60} minutes, if not said otherwise.`,
  `Stable's bad rate is ${percent(BASE)}. Each call's revision is drawn by itself.`,
  `Incident: ${percent(INCIDENT.rate)} bad for both from second ${INCIDENT.from} to ${INCIDENT.to}. Drift: both rise evenly from ${percent(BASE)} to ${percent(BASE + DRIFT.rise)}.`,
  `Bursts: ${percent(BURST.quiet)} bad, for both ${percent(BURST.rate)} in bursts of ${BURST.seconds} s, ${BURST.everySeconds} s apart on average. Bad calls in threes: three of one revision at once, which no test here knows of.`,
  `Scores: ${percent(JUDGED)} of 20 calls/s are judged; 1 − score is 1 − U^(m/(1 − m)) for a mean score m, U uniform. Costs: lognormal with σ = 0.5, of every call.`,
];

function rates(
  name: string,
  title: string,
  callsPerSecond: number,
  stable: RateAt,
  candidate = stable,
): Scenario {
  return {
    name,
    title,
    measure: 'rate',
    worse: candidate !== stable,
    plan: DEFAULT_PLAN,
    traffic: () => rateTraffic({ callsPerSecond, candidate, stable }),
  };
}

function scores(name: string, title: string, mean: number): Scenario {
  const stable = 0.9;
  return {
    name,
    title,
    measure: 'score',
    worse: mean < stable,
    plan: DEFAULT_PLAN,
    traffic: () =>
      valueTraffic({
        metric: 'EvalScore',
        callsPerSecond: FAST,
        measured: JUDGED,
        candidate: (random) => badness(mean, random),
        stable: (random) => badness(stable, random),
      }),
  };
}

function costs(name: string, title: string, factor: number): Scenario {
  const draw = (random: Random) => MIDDLE_COST * Math.exp(0.5 * drawNormal(random));
  return {
    name,
    title,
    measure: 'cost',
    worse: factor > 1,
    plan: DEFAULT_PLAN,
    traffic: () =>
      valueTraffic({
        metric: 'CostPerCall',
        callsPerSecond: FAST,
        candidate: (random) => factor * draw(random),
        stable: draw,
      }),
  };
}

/** 1 − score, for a score whose distribution is Beta(m/(1 − m), 1): many good ones and a tail of bad ones. */
function badness(mean: number, random: Random): number {
  return 1 - random() ** ((1 - mean) / mean);
}

/** A rate for both revisions that rises in bursts. */
function bursts(random: Random): RateAt {
  const starts: number[] = [];
  for (let second = 0; second < HOUR; ) {
    second += -Math.log(1 - random()) * BURST.everySeconds;
    starts.push(second);
    second += BURST.seconds;
  }
  return (second) =>
    starts.some((start) => second >= start && second < start + BURST.seconds) ? BURST.rate : BURST.quiet;
}

function always(rate: number): RateAt {
  return () => rate;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
