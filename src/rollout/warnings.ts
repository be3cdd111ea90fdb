import type { Condition, ConditionNow } from '../api/conditions.ts';

/** An Event for each warning that is new, or says something else than before. */
export function newWarnings(
  before: readonly Condition[] | undefined,
  now: readonly ConditionNow[],
): { type: 'Warning'; reason: string; message: string }[] {
  const isNew = ({ type, reason, message }: ConditionNow): boolean =>
    !before?.some((each) => each.type === type && each.reason === reason && each.message === message);
  return now.filter(isNew).map(({ reason, message }) => ({ type: 'Warning', reason, message }));
}
