import type { Rule } from '../../simulation/rollout.ts';
import type { Condition } from './conditions.ts';
import { windows } from './windows.ts';

const INTERVAL = 60;
const FAILURE_LIMIT = 3;

/**
 * Argo Rollouts' rule, modelled from "Analysis & Progressive Delivery" (argo-rollouts.readthedocs.io, features/analysis)
 * and the field's description in the CRD: a background analysis measures each `interval` of 60s, here over the last
 * minute; `failureLimit: 3` is how many failed measurements are allowed, good ones between them or not, so the fourth
 * aborts. Steps go on by their pauses meanwhile. Not modelled: errors of the metrics' provider, and inconclusive results.
 */
export function argo(condition: Condition): Rule {
  return {
    name: `Argo Rollouts: ${condition.name}, failureLimit ${FAILURE_LIMIT}`,
    watch() {
      const meansOf = windows(INTERVAL);
      let failed = 0;
      return {
        look([served], { second }) {
          const means = meansOf(served, second);
          if (means !== undefined && condition.fails(means)) failed++;
          return failed > FAILURE_LIMIT ? 'RollBack' : 'Go';
        },
      };
    },
  };
}
