import { Counter, Gauge, type Registry } from 'prom-client';
import type { EvalSchedule } from '../api/eval-suite.ts';
import type { Source } from '../store/store.ts';
import { revisionResult } from './run-results.ts';
import type { ScheduleOptions } from './schedule.ts';

/** What the last run of a suite and release came to that could be scored, since this process began. */
interface Last {
  score?: number | undefined;
  share?: number | undefined;
}

const labelNames = ['namespace', 'suite', 'kind', 'release'] as const;
type Labels = Record<(typeof labelNames)[number], string>;
const keyOf = (labels: Labels): string => labelNames.map((name) => labels[name]).join('/');

/**
 * Counts scheduled runs and shows what the last one of each suite and release came to. Whether it has drifted is what the
 * suites of `source` say, so that no restart ends an alert; of what they know no more nothing is shown.
 */
export function scheduleMetrics(
  registry: Registry,
  source: Pick<Source, 'list'>,
): NonNullable<ScheduleOptions['onRun']> {
  const registers = [registry];
  const last = new Map<string, Last>();
  const gauge = (
    name: string,
    help: string,
    valueIn: (last: Last, schedule: EvalSchedule) => number | undefined,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { metadata, status } of source.list('EvalSuite')) {
          for (const schedule of status.schedules ?? []) {
            const { kind, name: release } = schedule;
            const labels = { namespace: metadata.namespace, suite: metadata.name, kind, release };
            const value = valueIn(last.get(keyOf(labels)) ?? {}, schedule);
            if (value !== undefined) this.set(labels, value);
          }
        }
      },
    });
  gauge('sluice_eval_score', 'Mean score of the last scheduled run, 0 to 1.', ({ score }) => score);
  gauge('sluice_eval_passed_ratio', 'Share of its answers that passed.', ({ share }) => share);
  gauge('sluice_eval_drifted', 'Whether it had drifted from its reference.', (_, { drifted }) =>
    drifted ? 1 : 0,
  );
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

  return ({ suite, release, results, revision, costUSD }, { lastVerdict }) => {
    const { namespace, name, kind } = release;
    const labels = { namespace, suite: suite.slice(namespace.length + 1), kind, release: name };
    const { answers, errors, passed, score } = revisionResult(results, revision);
    const before = last.get(keyOf(labels));
    const graded = answers - errors;
    last.set(keyOf(labels), {
      score: score ?? before?.score,
      share: graded > 0 ? passed / graded : before?.share,
    });
    runs.inc({ ...labels, verdict: lastVerdict });
    if (costUSD !== undefined) usd.inc(labels, costUSD);
  };
}
