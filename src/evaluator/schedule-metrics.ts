import { Counter, Gauge, type Registry } from 'prom-client';
import { revisionResult } from './run-results.ts';
import type { ScheduleOptions } from './schedule.ts';

/** Counts scheduled runs and shows what the last one of each suite and release came to. */
export function scheduleMetrics(registry: Registry): NonNullable<ScheduleOptions['onRun']> {
  const labelNames = ['namespace', 'suite', 'kind', 'release'];
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const score = gauge('sluice_eval_score', 'Mean score of the last scheduled run, 0 to 1.');
  const share = gauge('sluice_eval_passed_ratio', 'Share of its answers that passed.');
  const drifted = gauge('sluice_eval_drifted', 'Whether it had drifted from its reference.');
  const runs = new Counter({
    name: 'sluice_eval_runs_total',
    help: 'Scheduled runs, by what came of them; Error: it could not be told.',
    labelNames: [...labelNames, 'verdict'],
    registers,
  });
  const usd = new Counter({
    name: 'sluice_eval_cost_usd_total',
    help: 'What scheduled runs cost, answers and judge, where prices are known.',
    labelNames,
    registers,
  });

  return ({ suite, release, results, revision, costUSD }, { lastVerdict, drifted: now }) => {
    const { namespace, name, kind } = release;
    const labels = { namespace, suite: suite.slice(namespace.length + 1), kind, release: name };
    const result = revisionResult(results, revision);
    const graded = result.answers - result.errors;
    if (result.score !== undefined) score.set(labels, result.score);
    if (graded > 0) share.set(labels, result.passed / graded);
    drifted.set(labels, now ? 1 : 0);
    runs.inc({ ...labels, verdict: lastVerdict });
    if (costUSD !== undefined) usd.inc(labels, costUSD);
  };
}
