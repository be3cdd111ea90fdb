import { seededRandom } from '../../../src/lib/random.ts';
import { type Course, replay } from '../../simulation/rollout.ts';
import { contenders } from './rules.ts';
import { SCENARIOS } from './scenarios.ts';

/** Some runs of one scenario under one rule, both by name: what a worker is asked for. */
export interface Job {
  scenario: string;
  rule: string;
  seed: number;
  secondsPerTick: number;
  /** Runs from..to−1. */
  from: number;
  to: number;
}

/** Plays a job. The same run of a scenario begins with the same numbers under every rule. */
export function play({ scenario: name, rule: ruleName, seed, secondsPerTick, from, to }: Job): Course[] {
  const scenario = SCENARIOS.find((each) => each.name === name)!;
  const { rule } = contenders(scenario).find((each) => each.rule.name === ruleName)!;
  const plan = { ...scenario.plan, secondsPerTick };
  return Array.from({ length: to - from }, (_, at) => {
    const random = seededRandom(seedOf(seed, from + at));
    return replay(scenario.traffic(random), rule, plan, random);
  });
}

/** Far apart for neighbouring runs and seeds. */
export function seedOf(seed: number, run: number): number {
  return Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b);
}
