import { type ConditionNow, mergeConditions } from '../api/conditions.ts';
import type { EvalSchedule, EvalSuiteStatus } from '../api/eval-suite.ts';
import type { ReleaseKind, Resource } from '../api/resource.ts';
import type { Evaluation } from './evaluate.ts';
import { cut, withRun } from './kept-run.ts';
import { evalRunOf } from './schedule-run.ts';

/** What came of a scheduled run; without an evaluation where there was nothing to run. */
export interface Outcome {
  schedule: EvalSchedule;
  evaluation?: Evaluation;
}

/** What schedules say in a suite's conditions. */
export const SCHEDULE_CONDITIONS: readonly string[] = ['Drifted', 'OutputsShifted'];

/** What scheduled runs know of a release so far. */
export const scheduleOf = (
  status: EvalSuiteStatus,
  { kind, metadata }: Resource<ReleaseKind>,
): EvalSchedule | undefined => status.schedules?.find(isOf({ kind, name: metadata.name }));

/** The status of a suite after one more run; releases that the schedule names no more are forgotten. */
export function statusAfter(
  { spec, status, metadata }: Resource<'EvalSuite'>,
  { schedule, evaluation }: Outcome,
  now: Date,
): EvalSuiteStatus {
  const named = spec.schedule?.releases ?? [];
  const others = (status.schedules ?? []).filter((each) => !isOf(schedule)(each) && named.some(isOf(each)));
  const schedules = [schedule, ...others];
  const conditions = status.conditions ?? [];
  const next = [driftCondition(schedules), shiftCondition(schedules)];
  const told = mergeConditions(conditions, next, metadata.generation, now);
  const { lastVerdict: verdict, message } = schedule;
  return {
    ...status,
    observedGeneration: metadata.generation,
    message: cut(`${schedule.kind} ${schedule.name}: ${message}`),
    ...(evaluation && { runs: withRun(status.runs ?? [], evalRunOf(evaluation, { verdict, message })) }),
    schedules,
    conditions: [...conditions.filter(({ type }) => !SCHEDULE_CONDITIONS.includes(type)), ...told],
  };
}

function driftCondition(schedules: readonly EvalSchedule[]): ConditionNow {
  const drifted = schedules.filter((each) => each.drifted);
  const words = ({ kind, name, revision, message }: EvalSchedule) =>
    `${kind} ${name} ${revision}: ${message}`;
  if (drifted.length > 0)
    return { type: 'Drifted', status: 'True', reason: 'ScoresFell', message: drifted.map(words).join('; ') };
  const unknown = schedules.filter(({ reference }) => reference === undefined);
  const message = (unknown.length > 0 ? unknown : schedules).map(words).join('; ');
  return unknown.length > 0
    ? { type: 'Drifted', status: 'Unknown', reason: 'NotTold', message }
    : { type: 'Drifted', status: 'False', reason: 'ScoresHold', message };
}

function shiftCondition(schedules: readonly EvalSchedule[]): ConditionNow {
  const said = schedules.flatMap(({ kind, name, revision, shift }) =>
    shift === undefined ? [] : [`${kind} ${name} ${revision}: ${shift}`],
  );
  return said.length > 0
    ? { type: 'OutputsShifted', status: 'True', reason: 'AnswersDiffer', message: said.join('; ') }
    : {
        type: 'OutputsShifted',
        status: 'False',
        reason: 'AnswersAlike',
        message: 'answers are as long, and end, as at the reference',
      };
}

function isOf(one: { kind: string; name: string }) {
  return (other: { kind: string; name: string }): boolean =>
    one.kind === other.kind && one.name === other.name;
}
