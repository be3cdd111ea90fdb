import type { Metric } from '../../../src/api/guardrail.ts';
import { sluice } from '../../simulation/engine.ts';
import type { Rule } from '../../simulation/rollout.ts';
import { argo } from './argo.ts';
import { above, beyondStable, timesStable } from './conditions.ts';
import { flagger } from './flagger.ts';
import { kayenta } from './kayenta.ts';
import { peekedZ } from './peeked-z.ts';
import type { Measure, Scenario } from './scenarios.ts';

/** A rule in a column of its own: what is said of it in a table, and who wrote it. */
export interface Contender {
  rule: Rule;
  ours: boolean;
}

const twoPercent = above(0.02, '> 2 %');
const twice = timesStable(2);

/** Sluice with one guardrail, as it is by default, that has all of the risk. */
function watching(metric: Metric, risk: string): Rule {
  return sluice(`Sluice, risk ${risk}`, { risk, guardrails: [{ name: 'watched', metric }] });
}

/** Every rule that can judge a measure, with what a user might set it to. */
export function contenders({ measure, plan }: Pick<Scenario, 'measure' | 'plan'>): Contender[] {
  const theirs: Record<Measure, Rule[]> = {
    rate: [
      flagger(twoPercent),
      flagger(twice),
      argo(twoPercent),
      argo(twice),
      kayenta(plan.secondsPerStep),
      peekedZ,
    ],
    // As strict as Sluice's own default tolerances.
    score: [argo(beyondStable(0.02)), kayenta(plan.secondsPerStep)],
    cost: [argo(timesStable(1.1)), kayenta(plan.secondsPerStep)],
    all: [],
  };
  const ours: Record<Measure, Rule[]> = {
    rate: [watching('ErrorRate', '1%'), watching('ErrorRate', '5%')],
    score: [watching('EvalScore', '1%'), watching('EvalScore', '5%')],
    cost: [watching('CostPerCall', '1%'), watching('CostPerCall', '5%')],
    all: [sluice('Sluice, all default guardrails, risk 5%', {})],
  };
  return [
    ...theirs[measure].map((rule) => ({ rule, ours: false })),
    ...ours[measure].map((rule) => ({ rule, ours: true })),
  ];
}
