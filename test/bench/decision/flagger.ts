import type { Rule } from '../../simulation/rollout.ts';
import type { Condition } from './conditions.ts';
import { windows } from './windows.ts';

const INTERVAL = 60;
const THRESHOLD = 5;

/**
 * Flagger's rule, modelled from "How it works" and "Metrics Analysis" (docs.flagger.app/usage): each `interval` of 1m a
 * metric over the last minute is held against its `thresholdRange`; a failed check halts the advance and counts; when
 * `threshold` of them, 5, have come together, good checks between them or not, the next run rolls back. A canary that
 * got no call in the minute has no values, which is a failed check too (the event "Halt advancement no values found";
 * fluxcd/flagger issue 1633). Not modelled: its own stepping, where each good check raises the weight (here the steps
 * are everybody's), and webhooks.
 */
export function flagger(condition: Condition): Rule {
  return {
    name: `Flagger: ${condition.name}, ${THRESHOLD} failed checks`,
    watch() {
      const meansOf = windows(INTERVAL);
      let failed = 0;
      let halted = false;
      return {
        look([served], { second }) {
          const means = meansOf(served, second);
          if (means === undefined) return halted ? 'Hold' : 'Go';
          if (failed >= THRESHOLD) return 'RollBack';
          halted = means.candidate === undefined || condition.fails(means);
          if (halted) failed++;
          return halted ? 'Hold' : 'Go';
        },
      };
    },
  };
}
