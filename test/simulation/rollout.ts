import type { Random } from '../../src/lib/random.ts';
import type { Each, Pair, Traffic } from './traffic.ts';

/** How a candidate's share of the calls is raised. */
export interface Plan {
  /** The candidate's weights, in percent. */
  steps: readonly number[];
  secondsPerStep: number;
  /** Time between two looks. */
  secondsPerTick: number;
  /** When the rollout ends at the latest, wherever it is. */
  deadline: number;
}

/** What a rule says after a look. Hold keeps the candidate at its weight though the step's time is over. */
export type Answer = 'RollBack' | 'Hold' | 'Go';

/** When a look is taken, in whole ticks. */
export interface Moment {
  /** Since the start of the rollout. */
  second: number;
  /** Since the start of the step. */
  stepSecond: number;
  /** The candidate's, in percent, under which the calls were drawn. */
  weight: number;
}

/** A rule while it watches one rollout. */
export interface Watcher {
  /** Looks at what was served since the last look. */
  look(served: Each<Pair>, at: Moment): Answer;
  /** Called when the next step begins. */
  nextStep?(): void;
  /** What the rule looks at, after the last look: an e-value or a p-value. */
  figure?(): number;
}

/** A way to decide about candidates. */
export interface Rule {
  name: string;
  /** Begins a rollout of so many steps, with what stable served before it. */
  watch(before: Each<Pair>, steps: number): Watcher;
}

/** How a rollout went. */
export interface Course {
  rolledBack: boolean;
  /** When it ended, since its start. */
  seconds: number;
  /** What the candidate served until then, of the first thing measured: how many calls, and their sum. */
  calls: number;
  sum: number;
  /** Ticks after a step's time during which the rule held the candidate. */
  ticksHeld: number;
}

export const DEFAULT_PLAN: Plan = {
  steps: [5, 25, 50, 100],
  secondsPerStep: 300,
  secondsPerTick: 5,
  deadline: 1_200,
};

/** Plays one rollout until the rule takes it back, its last step is over, or its deadline passes. */
export function replay(
  traffic: Traffic,
  rule: Rule,
  plan: Plan,
  random: Random,
  onLook?: (second: number, watcher: Watcher) => void,
): Course {
  const { steps, secondsPerStep, secondsPerTick, deadline } = plan;
  const watcher = rule.watch(traffic.before(random), steps.length);
  const course: Course = { rolledBack: false, seconds: 0, calls: 0, sum: 0, ticksHeld: 0 };
  let [step, stepSecond] = [0, 0];
  while (course.seconds < deadline) {
    const weight = steps[step]!;
    const served = traffic.during(course.seconds, secondsPerTick, weight / 100, random);
    course.seconds += secondsPerTick;
    course.calls += served[0].candidate.calls;
    course.sum += served[0].candidate.sum;
    stepSecond += secondsPerTick;
    const answer = watcher.look(served, { second: course.seconds, stepSecond, weight });
    onLook?.(course.seconds, watcher);
    if (answer === 'RollBack') return { ...course, rolledBack: true };
    if (stepSecond < secondsPerStep) continue;
    if (answer === 'Hold') {
      course.ticksHeld++;
      continue;
    }
    step++;
    stepSecond = 0;
    if (step === steps.length) break;
    watcher.nextStep?.();
  }
  return course;
}
