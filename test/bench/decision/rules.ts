import { rateEngine } from '../../simulation/engine.ts';
import type { Rule } from '../../simulation/rollout.ts';
import { argo } from './argo.ts';
import { above, beyondStable, timesStable } from './conditions.ts';
import { flagger } from './flagger.ts';
import { kayenta } from './kayenta.ts';
import { peekedZ } from './peeked-z.ts';
import type { Metric, Scenario } from './scenarios.ts';

/** A rule in a column of its own: what is said of it in a table, and who wrote it. */
export interface Contender {
  rule: Rule;
  ours: boolean;
}

const twoPercent = above(0.02, '> 2 %');
const twice = timesStable(2);

/** Every rule that can judge a metric, with what a user might set it to. */
export function contenders({ metric, plan }: Pick<Scenario, 'metric' | 'plan'>): Contender[] {
  const theirs: Record<Metric, Rule[]> = {
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
  };
  const ours: Record<Metric, Rule[]> = {
    rate: [rateEngine('Sluice, risk .01', 0.01), rateEngine('Sluice, risk .05', 0.05)],
    score: [],
    cost: [],
  };
  return [
    ...theirs[metric].map((rule) => ({ rule, ours: false })),
    ...ours[metric].map((rule) => ({ rule, ours: true })),
  ];
}
