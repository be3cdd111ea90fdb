import type { Attempt } from './attempt.ts';
import type { Draw } from './draw.ts';

/** Statuses by which a provider says that a request is wrong, whoever sends it and whenever. */
const WRONG_REQUEST = [400, 413, 415, 422];

/**
 * Whether a failure is the caller's own, and so is charged to nobody. A caller finds out which revision serves it, and
 * could otherwise fail one of them at will by sending it what no revision takes. What stable refuses is the caller's
 * fault; what the candidate refuses is so only where stable, asked next, refused it too. Without rescue there is no
 * second opinion, and both revisions are charged alike.
 * @param first what the first backend that failed came to: what the next finds wrong with a call does not excuse it
 */
export function isCallersFault(
  { prompt, route }: Draw,
  first: Attempt,
  rescue: Attempt | undefined,
): boolean {
  if (!isWrongRequest(first)) return false;
  if (rescue !== undefined) return isWrongRequest(rescue);
  return [prompt, route].every((each) => each === undefined || (each.side === 'stable' && each.entry.rescue));
}

function isWrongRequest(attempt: Attempt): boolean {
  if (attempt.kind !== 'failure') return false;
  const { error, passed } = attempt;
  return passed === undefined ? error.code.startsWith('invalid_') : WRONG_REQUEST.includes(passed.status);
}
