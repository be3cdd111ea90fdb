import { isReleaseKind, nameOf, type ReleaseKind, type Resource } from '../api/resource.ts';
import { systemClock } from '../controllers/clock.ts';
import { gatesOfRelease } from '../controllers/release/gates.ts';
import { runController } from '../controllers/runner.ts';
import type { RetryOptions } from '../gateway/retrying.ts';
import { silentLog } from '../lib/log.ts';
import { isEvaluating } from '../rollout/status.ts';
import type { Change } from '../store/store.ts';
import { type SchedulesOptions, startSchedules } from './schedules.ts';
import { suiteReconciler } from './suite-reconciler.ts';

export interface EvaluatorOptions extends RetryOptions, SchedulesOptions {}

export interface Evaluator {
  depth(): number;
  /** Whether no gate is asked now. */
  idle(): boolean;
  /** Breaks off what is asked; whoever starts next asks it again. */
  stop(): Promise<void>;
}

/** Asks what releases wait for, and what schedules ask for, of every EvalSuite of `store`, once that has been read. */
export function startEvaluator(options: EvaluatorOptions): Evaluator {
  const { store, log = silentLog, clock = systemClock, queue, onPass, onRun, ...again } = options;
  const ending = new AbortController();
  const suites = runController({
    name: 'Gates',
    reconcile: suiteReconciler({ store, clock, log, signal: ending.signal, ...again }),
    log,
    ...(queue && { queue }),
    ...(onPass && { onPass }),
  });

  const schedules = startSchedules({
    store,
    clock,
    log,
    ...(onRun && { onRun }),
    ...(onPass && { onPass }),
  });
  const onChange = ({ kind, namespace, name }: Change) => {
    if (kind === 'EvalSuite') return suites.enqueue(nameOf({ namespace, name }));
    if (!isReleaseKind(kind)) return;
    const release = store.get(kind, namespace, name) as Resource<ReleaseKind> | undefined;
    if (release === undefined || !isEvaluating(release.status)) return;
    for (const suite of gatesOfRelease(release)) suites.enqueue(nameOf({ namespace, name: suite }));
  };
  const unsubscribe = store.subscribe(onChange);
  void store.synced().then(() => {
    if (ending.signal.aborted) return;
    for (const { metadata } of store.list('EvalSuite')) suites.enqueue(nameOf(metadata));
  });

  return {
    depth: () => suites.depth() + schedules.depth(),
    idle: suites.idle,
    async stop() {
      unsubscribe();
      ending.abort();
      await Promise.all([suites.stop(), schedules.stop()]);
    },
  };
}
