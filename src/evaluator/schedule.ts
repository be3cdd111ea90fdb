import type { EvalSchedule } from '../api/eval-suite.ts';
import type { ReleaseKind, Resource } from '../api/resource.ts';
import type { Clock } from '../controllers/clock.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Store } from '../store/store.ts';
import { askForRollback } from './drift-rollback.ts';
import type { Evaluation } from './evaluate.ts';
import { cut } from './kept-run.ts';
import { firstError } from './run-results.ts';
import { type Drift, driftOf } from './schedule-drift.ts';
import { scheduledRunOf } from './schedule-run.ts';
import {
  isScheduled,
  type Outcome,
  scheduleOf,
  statusAfter,
  statusWithoutOthers,
} from './schedule-status.ts';
import { toleranceOf } from './verdict.ts';

type Suite = Resource<'EvalSuite'>;
type Release = Resource<ReleaseKind>;

export interface ScheduleOptions {
  store: Store;
  /** Runs a suite on one revision of a release; see `evaluate.ts`. What it throws has the run made again later. */
  run: (suite: Suite, release: Release, revision: string) => Promise<Evaluation | { problems: string[] }>;
  clock: Clock;
  /** Told of each run that was made, once it is in the status. */
  onRun?: (evaluation: Evaluation, schedule: EvalSchedule) => void;
}

const HOUR_MS = 3_600_000;
/** What `every` may be: below and above, these are taken. */
const [LEAST_EVERY_MS, MOST_EVERY_MS] = [HOUR_MS, 7 * 24 * HOUR_MS];
/** After a run that could not be told. */
const RETRY_MS = HOUR_MS;
/** Where a release is not there, or serves nothing yet. */
const ABSENT_MS = 60_000;

/**
 * Runs suites on what serves of the releases that `spec.schedule` names, one after the other, and tells what has drifted. A
 * pass for a suite, named by `namespace/name`, runs what is due and says when to look again. A run is made once: where its
 * outcome could not be written, the next pass writes it first.
 */
export function scheduleReconciler(
  options: ScheduleOptions,
): (key: string) => Promise<{ requeueAfterMs?: number }> {
  const { store, clock } = options;
  const unwritten = new Map<string, Outcome>();

  /** How long until the next run of one release is due, once what is due now has been done. */
  async function pass(suite: Suite, release: Release, revision: string, everyMs: number): Promise<number> {
    // One that was created anew under the name has not been asked.
    const key = `${suite.metadata.uid} ${release.kind} ${release.metadata.name}`;
    let outcome = unwritten.get(key);
    if (outcome === undefined) {
      const before = scheduleOf(suite.status, release);
      const dueMs = dueInMs(before, revision, everyMs, clock.now());
      if (dueMs > 0) return dueMs;
      outcome = await outcomeOf(options, suite, release, revision, before);
      unwritten.set(key, outcome);
    }
    await record(options, suite, release, outcome);
    unwritten.delete(key);
    return outcome.schedule.lastVerdict === 'Error' ? RETRY_MS : everyMs;
  }

  async function forgetOthers(suite: Suite): Promise<void> {
    const status = statusWithoutOthers(suite, clock.now());
    if (status !== undefined) await store.writeStatus(suite, status);
  }

  return async (key) => {
    const [namespace = '', name = ''] = key.split('/');
    let waitMs = MOST_EVERY_MS;
    for (let at = 0; ; at++) {
      // Read anew for each release: a run takes minutes, and others write the status too.
      const suite = store.get('EvalSuite', namespace, name);
      if (suite === undefined || suite.invalid !== undefined) return {};
      const { schedule } = suite.spec;
      const wanted = schedule?.releases[at];
      if (schedule === undefined || wanted === undefined) {
        await forgetOthers(suite);
        return schedule === undefined ? {} : { requeueAfterMs: waitMs };
      }
      const everyMs = Math.min(MOST_EVERY_MS, Math.max(LEAST_EVERY_MS, parseDuration(schedule.every)));
      const release = store.get(wanted.kind, namespace, wanted.name);
      const revision = release?.status.stableRevision;
      const nextMs =
        release === undefined || revision === undefined
          ? ABSENT_MS
          : await pass(suite, release, revision, everyMs);
      waitMs = Math.min(waitMs, nextMs);
    }
  };
}

/** When the next run is due, in ms: at once where this revision has not been asked yet. */
function dueInMs(before: EvalSchedule | undefined, revision: string, everyMs: number, now: Date): number {
  if (before?.revision !== revision) return 0;
  const pauseMs = before.lastVerdict === 'Error' ? RETRY_MS : everyMs;
  const ago = now.getTime() - Date.parse(before.lastRunAt);
  // Where the clock went back it is due: that costs a run, and waiting might take for ever.
  return ago < 0 ? 0 : pauseMs - ago;
}

async function outcomeOf(
  { run, clock }: ScheduleOptions,
  suite: Suite,
  release: Release,
  revision: string,
  before: EvalSchedule | undefined,
): Promise<Outcome> {
  const same = before?.revision === revision ? before : undefined;
  const evaluation = await run(suite, release, revision);
  const ran = !('problems' in evaluation);
  const tolerance = toleranceOf(suite.spec.gate);
  const { verdict, message, shift, reference }: Drift = ran
    ? driftOf(same, scheduledRunOf(evaluation), tolerance)
    : {
        verdict: 'Error',
        message: evaluation.problems.join('; '),
        ...(same?.reference && { reference: same.reference }),
      };
  const schedule: EvalSchedule = {
    kind: release.kind,
    name: release.metadata.name,
    revision,
    lastRunAt: (ran ? evaluation.finishedAt : clock.now()).toISOString(),
    lastVerdict: verdict,
    drifted: verdict === 'Error' ? (same?.drifted ?? false) : verdict === 'Fail',
    message: cut(verdict === 'Error' && ran ? `${message}${afterwards(evaluation)}` : message),
    ...withShift(verdict === 'Error' ? same?.shift : shift),
    ...(reference && { reference }),
  };
  return { schedule, ...(ran && { evaluation }) };
}

function afterwards({ results }: Evaluation): string {
  const first = firstError(results);
  return first === undefined ? '' : `, the first: ${first}`;
}

/** Acts on what came of a run, then writes it: a rollback that is asked for twice is one, a forgotten one is none. */
async function record(
  { store, clock, onRun }: ScheduleOptions,
  asked: Suite,
  release: Release,
  outcome: Outcome,
): Promise<void> {
  const { evaluation, schedule } = outcome;
  const { namespace, name } = asked.metadata;
  const suite = store.get('EvalSuite', namespace, name);
  if (!isScheduled(suite, asked, { kind: release.kind, name: release.metadata.name })) return;
  const before = scheduleOf(suite.status, release);
  const began = schedule.drifted && !(before?.revision === schedule.revision && before.drifted);
  const rollback = began && suite.spec.schedule?.onDrift === 'Rollback';
  const done = rollback ? `; ${await askForRollback(store, suite, release, schedule)}` : '';
  await store.writeStatus(suite, statusAfter(suite, outcome, clock.now()));
  if (evaluation !== undefined) onRun?.(evaluation, schedule);
  const tell = (reason: string, message: string) => {
    for (const { kind, metadata } of [suite, release]) {
      const { name: of, uid } = metadata;
      store.note({ kind, namespace, name: of, uid, type: 'Warning', reason, message: cut(message) });
    }
  };
  const by = `by EvalSuite ${name}`;
  if (began) tell('Drifted', `${schedule.revision} has drifted ${by}: ${schedule.message}${done}`);
  if (schedule.shift !== undefined && (before?.revision !== schedule.revision || before.shift === undefined))
    tell('OutputsShifted', `the answers of ${schedule.revision} have changed ${by}: ${schedule.shift}`);
}

const withShift = (shift: string | undefined) => shift !== undefined && { shift: shift.slice(0, 1_000) };
