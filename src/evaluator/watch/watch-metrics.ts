import { Gauge, type Registry } from 'prom-client';
import type { EvalWatched } from '../../api/eval-suite.ts';
import { TRAIT_GROUPS } from '../../traits/counts.ts';

/** What a suite knows of the calls that it watches. */
export interface WatchedSuite {
  suite: { namespace: string; name: string };
  watched: readonly EvalWatched[];
}

export interface WatchMetrics {
  /** Shows what all suites know; of others nothing is shown any more. */
  show(suites: readonly WatchedSuite[]): void;
}

/** Shows what watched calls are like; nothing of those that have not been compared yet. */
export function watchMetrics(registry: Registry): WatchMetrics {
  const shifted = new Gauge({
    name: 'sluice_eval_shifted',
    help: 'Whether live calls are unlike their reference: inputs, answers or feedback.',
    labelNames: ['namespace', 'suite', 'kind', 'release', 'of'],
    registers: [registry],
  });
  return {
    show(suites) {
      shifted.reset();
      for (const { suite, watched } of suites) {
        for (const { kind, name, shifts = {}, comparedAt } of watched) {
          if (comparedAt === undefined) continue;
          for (const of of TRAIT_GROUPS) {
            const labels = { namespace: suite.namespace, suite: suite.name, kind, release: name, of };
            shifted.set(labels, shifts[of] === undefined ? 0 : 1);
          }
        }
      }
    },
  };
}
