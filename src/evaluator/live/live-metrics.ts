import { Counter, type Registry } from 'prom-client';
import type { DayCount } from './day.ts';

type Suite = { namespace: string; name: string };

export interface LiveMetrics {
  /** Counts an answer to a live call. */
  counted(suite: Suite, what: DayCount): void;
  /** Counts what a judge's answer cost, in USD. */
  spent(suite: Suite, usd: number): void;
}

/** Counts what suites score of live calls. */
export function liveMetrics(registry: Registry): LiveMetrics {
  const labelNames = ['namespace', 'suite'];
  const registers = [registry];
  const answers = new Counter({
    name: 'sluice_eval_live_answers_total',
    help: 'Answers to live calls, by what became of them; dropped: too many waited, or the spend limit was reached.',
    labelNames: [...labelNames, 'result'],
    registers,
  });
  const usd = new Counter({
    name: 'sluice_eval_live_cost_usd_total',
    help: 'What the judge of live calls cost, where prices are known.',
    labelNames,
    registers,
  });
  const labelsOf = ({ namespace, name }: Suite) => ({ namespace, suite: name });
  return {
    counted: (suite, result) => answers.inc({ ...labelsOf(suite), result }),
    spent: (suite, cost) => usd.inc(labelsOf(suite), cost),
  };
}
