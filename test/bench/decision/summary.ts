import type { Course } from '../../simulation/rollout.ts';
import { type Share, wilson } from '../../simulation/wilson.ts';
import type { Contender } from './rules.ts';
import type { Scenario } from './scenarios.ts';

/** What a rule did in all runs of a scenario. */
export interface Result {
  scenario: Scenario;
  contender: Contender;
  courses: Course[];
  rolledBack: Share;
  /** Medians over all runs; one that was not rolled back has served until its end, and took for ever. */
  badAnswers: number;
  calls: number;
  seconds: number;
}

export function summarise(scenario: Scenario, contender: Contender, courses: Course[]): Result {
  return {
    scenario,
    contender,
    courses,
    rolledBack: wilson(courses.filter(({ rolledBack }) => rolledBack).length, courses.length),
    badAnswers: median(courses.map(({ sum }) => sum)),
    calls: median(courses.map(({ calls }) => calls)),
    seconds: median(
      courses.map(({ rolledBack, seconds }) => (rolledBack ? seconds : Number.POSITIVE_INFINITY)),
    ),
  };
}

/** The lower one of two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
