import { isReleaseKind, nameOf } from '../api/resource.ts';
import { type Clock, systemClock } from '../controllers/clock.ts';
import { type ControllerOptions, runController } from '../controllers/runner.ts';
import { type Log, silentLog } from '../lib/log.ts';
import type { Change, Store } from '../store/store.ts';
import { evaluate } from './evaluate.ts';
import { type ScheduleOptions, scheduleReconciler } from './schedule.ts';
import { isScheduled } from './schedule-status.ts';
import { whileWanted } from './while-wanted.ts';

export interface SchedulesOptions extends Pick<ScheduleOptions, 'onRun'> {
  store: Store;
  log?: Log;
  clock?: Clock;
  queue?: ControllerOptions['queue'];
  onPass?: ControllerOptions['onPass'];
}

export interface Schedules {
  /** Passes that are due and have not begun. */
  depth(): number;
  /** Breaks off the run under way, of which nothing is kept. */
  stop(): Promise<void>;
}

/** Runs the suites that have a `spec.schedule`, two at a time, once the store has been read. */
export function startSchedules(options: SchedulesOptions): Schedules {
  const { store, log = silentLog, clock = systemClock, queue = { workers: 2 }, onPass, onRun } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const controller = runController({
    name: 'EvalSuite',
    reconcile: scheduleReconciler({
      store,
      clock,
      ...(onRun && { onRun }),
      async run(suite, { kind, metadata: { namespace, name } }, revision) {
        const release = { kind, namespace, name };
        const now = () => clock.now();
        const isWanted = () =>
          isScheduled(store.get('EvalSuite', namespace, suite.metadata.name), suite, release);
        const came = await evaluate({
          source: store,
          suite,
          release,
          revision,
          log,
          now,
          ...whileWanted(isWanted, signal),
        });
        // What was not asked any more is no error of the release.
        signal.throwIfAborted();
        return came;
      },
    }),
    queue,
    log,
    ...(onPass && { onPass }),
  });

  const onChange = (change: Change) => {
    if (change.kind === 'EvalSuite') controller.enqueue(nameOf(change));
    else if (change.kind !== 'Revision' && isReleaseKind(change.kind)) {
      // A promotion is asked about at once.
      for (const { metadata, spec, invalid } of store.list('EvalSuite')) {
        const { releases = [] } = (invalid === undefined && spec.schedule) || {};
        const names = releases.some(({ kind, name }) => kind === change.kind && name === change.name);
        if (names && metadata.namespace === change.namespace) controller.enqueue(nameOf(metadata));
      }
    }
  };
  const unsubscribe = store.subscribe(onChange);
  void store.synced().then(() => {
    for (const { metadata } of store.list('EvalSuite')) controller.enqueue(nameOf(metadata));
  });

  return {
    depth: controller.depth,
    async stop() {
      unsubscribe();
      stopping.abort();
      await controller.stop();
    },
  };
}
