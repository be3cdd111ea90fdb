/** By how much each bet's ln is expected to grow with each candidate call, if both arms are equally good from now on. */
export type Growth = readonly number[];

/**
 * About how many more candidate calls until the mean of bets with these `sums` (ln) reaches `wanted` (ln). Rounded up to
 * two digits, since it is an expectation and no more. Undefined where this step has calls on one side only, or where no
 * bet would grow.
 */
export function callsUntil(
  wanted: number,
  sums: readonly number[],
  stepCalls: number,
  growth: Growth | undefined,
): number | undefined {
  if (growth === undefined || stepCalls === 0) return undefined;
  // The mean of all bets reaches what is wanted no later than one of them reaches it times their number.
  const lacking = wanted + Math.log(sums.length);
  const waits = growth.map((each, bet) =>
    each > 0 ? Math.max(0, lacking - (sums[bet] ?? 0)) / each : Number.POSITIVE_INFINITY,
  );
  const shortest = Math.min(...waits);
  return Number.isFinite(shortest) ? roundUp(shortest) : undefined;
}

function roundUp(calls: number): number {
  if (calls <= 1) return 1;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(calls)) - 1);
  return Math.ceil(calls / unit) * unit;
}
