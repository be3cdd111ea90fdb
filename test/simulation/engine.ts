import { decide } from '../../src/decision/decide.ts';
import { type RateDefault, rateDefault } from '../../src/decision/defaults.ts';
import { observeRate, restartAtStep, startRate, worseEvidence } from '../../src/decision/rate.ts';
import { readRate } from '../../src/decision/reading.ts';
import type { Rule } from './rollout.ts';
import type { Measured } from './traffic.ts';

// The one place where simulations touch the decision engine.

/** Calls of the candidate that a step needs before the next one begins, as `minCalls` has it by default. */
const LEAST_CALLS_PER_STEP = 100;

const ERRORS = rateDefault('ErrorRate');

/**
 * Rule R as shipped, on one rate guardrail for each thing that the traffic measures; unless said, on errors alone.
 * @param risk of all of them together, a share (0–1)
 */
export function rateEngine(name: string, risk: number, settings: readonly RateDefault[] = [ERRORS]): Rule {
  return {
    name,
    watch(before, steps) {
      let states = settings.map(({ notWorse }, at) =>
        startRate(countsOf(before[at]!), { restarts: steps - 1, notWorse }),
      );
      return {
        look(served) {
          states = states.map((state, at) => {
            const { candidate, stable } = served[at]!;
            return observeRate(state, { candidate: countsOf(candidate), stable: countsOf(stable) });
          });
          const readings = states.map((state, at) => {
            const { weight, tolerance } = settings[at]!;
            return { name: `rate ${at}`, weight, reading: readRate(state, tolerance) };
          });
          const { verdict, hold } = decide(readings, risk);
          if (verdict === 'Fail') return 'RollBack';
          return hold || states[0]!.step.candidate.calls < LEAST_CALLS_PER_STEP ? 'Hold' : 'Go';
        },
        nextStep() {
          states = states.map(restartAtStep);
        },
        figure: () => Math.exp(worseEvidence(states[0]!).all),
      };
    },
  };
}

function countsOf({ calls, sum }: Measured) {
  return { calls, bad: sum };
}
