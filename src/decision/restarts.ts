import { logSumExp } from './mixture.ts';

/** More would outgrow the status: each is another set of sums for every guardrail. */
export const MOST_RESTARTS = 8;

/** ln of evidence that also looks for what went wrong late. */
export interface RestartedEvidence {
  /** ln of ½·E⁽⁰⁾ + ½·mean of E⁽ᵏ⁾ over all planned restarts k; E⁽ᵏ⁾ is 1 before its restart. */
  all: number;
  /** ln of that part of `all` which the restart begun last contributes; −Infinity while there was none. */
  latest: number;
}

/**
 * Mixes evidence counted from the start (`since[0]`) with evidence counted anew from each restart (`since[k]`), all as
 * ln E. A long good past would else have to be undone before a late regression could show.
 *
 * `planned` must have been fixed before the first call: a restart that was not paid for by a stake of 1 from the start
 * would lift a low mean, and the mixture would be no supermartingale.
 */
export function mixRestarts(since: readonly number[], planned: number): RestartedEvidence {
  const [fromStart = 0, ...restarted] = since;
  if (planned === 0) return { all: fromStart, latest: Number.NEGATIVE_INFINITY };
  const stake = Math.log(0.5 / planned);
  const latest = restarted.at(-1);
  return {
    all: logSumExp([
      Math.log(0.5) + fromStart,
      ...restarted.map((evidence) => stake + evidence),
      Math.log((0.5 * (planned - restarted.length)) / planned),
    ]),
    latest: latest === undefined ? Number.NEGATIVE_INFINITY : stake + latest,
  };
}

/** The sums of evidence with those of a restart beside them, which begin at `zeros`; as they are where none is planned. */
export function withRestart(
  sums: readonly (readonly number[])[],
  planned: number,
  zeros: readonly number[],
): readonly (readonly number[])[] {
  return sums.length > planned ? sums : [...sums, zeros];
}
