import { type Condition, type ConditionNow, mergeConditions } from '../api/conditions.ts';
import type { EvalSchedule, EvalSuiteStatus, EvalWatched } from '../api/eval-suite.ts';
import type { Resource } from '../api/resource.ts';

type Known = Pick<EvalSuiteStatus, 'schedules' | 'watched'>;

/** What scheduled runs and watched calls say in a suite's conditions. */
export const DRIFT_CONDITIONS: readonly string[] = ['Drifted', 'OutputsShifted', 'InputsShifted'];

/** The conditions of a suite after something more is known of its schedules or of the calls that it watches. */
export function withDriftConditions(
  { status, metadata }: Resource<'EvalSuite'>,
  { schedules = [], watched = [] }: { [K in keyof Known]: Known[K] | undefined },
  now: Date,
): Condition[] {
  const conditions = status.conditions ?? [];
  const next = [
    ...(schedules.length > 0 ? [driftCondition(schedules)] : []),
    ...(schedules.length + watched.length > 0 ? [outputCondition(schedules, watched)] : []),
    ...(watched.length > 0 ? [inputCondition(watched)] : []),
  ];
  const told = mergeConditions(conditions, next, metadata.generation, now);
  return [...conditions.filter(({ type }) => !DRIFT_CONDITIONS.includes(type)), ...told];
}

function driftCondition(schedules: readonly EvalSchedule[]): ConditionNow {
  const drifted = schedules.filter((each) => each.drifted);
  if (drifted.length > 0)
    return { type: 'Drifted', status: 'True', reason: 'ScoresFell', message: wordsOf(drifted) };
  const unknown = schedules.filter(({ reference }) => reference === undefined);
  return unknown.length > 0
    ? { type: 'Drifted', status: 'Unknown', reason: 'NotTold', message: wordsOf(unknown) }
    : { type: 'Drifted', status: 'False', reason: 'ScoresHold', message: wordsOf(schedules) };
}

function outputCondition(schedules: readonly EvalSchedule[], watched: readonly EvalWatched[]): ConditionNow {
  const type = 'OutputsShifted';
  const said = [
    ...schedules.map(({ shift, ...of }) => ({ ...of, message: shift })),
    ...watched.map(({ shifts, ...of }) => ({ ...of, message: shifts?.answers })),
    ...watched.map(({ shifts, ...of }) => ({ ...of, message: shifts?.feedback })),
  ].filter(({ message }) => message !== undefined);
  if (said.length > 0) return { type, status: 'True', reason: 'AnswersDiffer', message: wordsOf(said) };
  if (schedules.length === 0 && !watched.some(isCompared))
    return { type, status: 'Unknown', reason: 'NotTold', message: wordsOf(watched) };
  const message = 'answers are as long, sound, and end, as at the reference';
  return { type, status: 'False', reason: 'AnswersAlike', message };
}

function inputCondition(watched: readonly EvalWatched[]): ConditionNow {
  const type = 'InputsShifted';
  const said = watched
    .map(({ shifts, ...of }) => ({ ...of, message: shifts?.inputs }))
    .filter(({ message }) => message !== undefined);
  if (said.length > 0) return { type, status: 'True', reason: 'InputsDiffer', message: wordsOf(said) };
  const waiting = watched.filter((each) => !isCompared(each));
  return waiting.length > 0
    ? { type, status: 'Unknown', reason: 'NotTold', message: wordsOf(waiting) }
    : { type, status: 'False', reason: 'InputsAlike', message: wordsOf(watched) };
}

const isCompared = ({ comparedAt }: EvalWatched): boolean => comparedAt !== undefined;

const wordsOf = (
  known: readonly { kind: string; name: string; revision: string; message?: string | undefined }[],
): string =>
  known.map(({ kind, name, revision, message }) => `${kind} ${name} ${revision}: ${message}`).join('; ');
