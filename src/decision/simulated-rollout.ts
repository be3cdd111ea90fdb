import type { Random } from '../lib/random.ts';
import type { Block, Counts } from './counts.ts';
import { decide } from './decide.ts';
import { cutBlocks, observeRate, type RateState, restartAtStep, startRate } from './rate.ts';
import { readRate } from './reading.ts';
import type { Tolerance } from './tolerance.ts';
import type { Verdict } from './verdict.ts';

export interface Scenario {
  /** Each with its true rates, which may change over time. */
  guardrails: {
    guardrail: { name: string; weight: number; tolerance: Tolerance };
    candidate: RateAt;
    stable: RateAt;
  }[];
  callsPerSecond: number;
  secondsPerLook: number;
  secondsPerStep: number;
  /** The candidate's weights, in percent. */
  steps: readonly number[];
  risk: number;
  prior: Counts;
}

/** The rate (0–1) at so many seconds from the start of the rollout. */
export type RateAt = (second: number) => number;

export interface Course {
  verdict: Verdict;
  blame?: string;
  /** Bad answers that the candidate gave under the blamed guardrail, or the first. */
  badAnswers: number;
  seconds: number;
  /** Looks at which the candidate was asked not to advance. */
  looksHeld: number;
}

/** Plays one rollout through all steps, or until it fails. Calls of a guardrail are drawn for it alone. */
export function simulateRollout(scenario: Scenario, random: Random): Course {
  const { guardrails, steps, secondsPerStep, secondsPerLook, risk, prior } = scenario;
  let states: RateState[] = guardrails.map(() => startRate(prior, { restarts: steps.length - 1 }));
  let second = 0;
  let looksHeld = 0;
  for (const [index, weight] of steps.entries()) {
    if (index > 0) states = states.map(restartAtStep);
    for (const end = second + secondsPerStep; second < end; ) {
      states = states.map((state, at) => observeRate(state, serve(scenario, at, weight, second, random)));
      second += secondsPerLook;
      const decision = decide(
        states.map((state, at) => readingOf(guardrails[at]!.guardrail, state)),
        risk,
      );
      if (decision.hold) looksHeld++;
      if (decision.verdict !== 'Fail') continue;
      const blamed = decision.guardrails.find(({ name }) => name === decision.blame)!;
      const { verdict, blame } = decision;
      return {
        verdict,
        ...(blame && { blame }),
        badAnswers: blamed.candidate.bad ?? 0,
        seconds: second,
        looksHeld,
      };
    }
    states = states.map(cutBlocks);
  }
  const { verdict } = decide(
    states.map((state, at) => readingOf(guardrails[at]!.guardrail, state)),
    risk,
  );
  return { verdict, badAnswers: states[0]!.overall.candidate.bad, seconds: second, looksHeld };
}

function serve(scenario: Scenario, at: number, weight: number, second: number, random: Random): Block {
  const { candidate, stable } = scenario.guardrails[at]!;
  const rates = { candidate: candidate(second), stable: stable(second) };
  const block: Block = { candidate: { calls: 0, bad: 0 }, stable: { calls: 0, bad: 0 } };
  const expected = scenario.callsPerSecond * scenario.secondsPerLook;
  // Below one call a look the rest is a chance of one more.
  const calls = Math.floor(expected) + (random() < expected % 1 ? 1 : 0);
  for (let call = 0; call < calls; call++) {
    const side = random() * 100 < weight ? 'candidate' : 'stable';
    block[side].calls++;
    if (random() < rates[side]) block[side].bad++;
  }
  return block;
}

function readingOf(
  { name, weight, tolerance }: Scenario['guardrails'][number]['guardrail'],
  state: RateState,
) {
  return { name, weight, reading: readRate(state, tolerance) };
}
