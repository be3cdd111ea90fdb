import type { EvalSchedule, EvalSuiteSpec, EvalSuiteStatus } from '../api/eval-suite.ts';
import type { ReleaseKind, Resource } from '../api/resource.ts';
import { withDriftConditions } from './drift-conditions.ts';
import type { Evaluation } from './evaluate.ts';
import { cut, withRun } from './kept-run.ts';
import { evalRunOf } from './schedule-run.ts';

/** What came of a scheduled run; without an evaluation where there was nothing to run. */
export interface Outcome {
  schedule: EvalSchedule;
  evaluation?: Evaluation;
}

/** What scheduled runs know of a release so far. */
export const scheduleOf = (
  status: EvalSuiteStatus,
  { kind, metadata }: Resource<ReleaseKind>,
): EvalSchedule | undefined => status.schedules?.find(isOf({ kind, name: metadata.name }));

/** The status of a suite after one more run; releases that the schedule names no more are forgotten. */
export function statusAfter(
  suite: Resource<'EvalSuite'>,
  { schedule, evaluation }: Outcome,
  now: Date,
): EvalSuiteStatus {
  const { spec, status, metadata } = suite;
  const others = namedOf(spec, status.schedules).filter((each) => !isOf(schedule)(each));
  const schedules = [schedule, ...others];
  const { lastVerdict: verdict, message } = schedule;
  return {
    ...status,
    observedGeneration: metadata.generation,
    message: cut(`${schedule.kind} ${schedule.name}: ${message}`),
    ...(evaluation && { runs: withRun(status.runs ?? [], evalRunOf(evaluation, { verdict, message })) }),
    schedules,
    conditions: withDriftConditions(suite, { schedules, watched: status.watched }, now),
  };
}

/** The status of a suite without releases that its schedule names no more; undefined where it knows of none. */
export function statusWithoutOthers(suite: Resource<'EvalSuite'>, now: Date): EvalSuiteStatus | undefined {
  const { schedules: known = [], ...rest } = suite.status;
  const schedules = namedOf(suite.spec, known);
  if (schedules.length === known.length) return undefined;
  return {
    ...rest,
    ...(schedules.length > 0 && { schedules }),
    conditions: withDriftConditions(suite, { schedules, watched: rest.watched }, now),
  };
}

/** What is known of releases that the schedule names. */
function namedOf({ schedule }: EvalSuiteSpec, known: readonly EvalSchedule[] = []): EvalSchedule[] {
  return known.filter((each) => schedule?.releases.some(isOf(each)) ?? false);
}

/** Whether a suite, as it is now, still is the one that was asked, and its schedule names the release. */
export function isScheduled(
  live: Resource<'EvalSuite'> | undefined,
  asked: Resource<'EvalSuite'>,
  release: { kind: ReleaseKind; name: string },
): live is Resource<'EvalSuite'> {
  if (live?.metadata.uid !== asked.metadata.uid || live.invalid !== undefined) return false;
  return live.spec.schedule?.releases.some(isOf(release)) ?? false;
}

function isOf(one: { kind: string; name: string }) {
  return (other: { kind: string; name: string }): boolean =>
    one.kind === other.kind && one.name === other.name;
}
