/**
 * The share (0–1) that a percentage such as `5%` or `0.25%` stands for.
 * @throws RangeError for anything else.
 */
export function parsePercent(text: string): number {
  if (!/^[0-9]+(\.[0-9]+)?%$/.test(text)) {
    throw new RangeError(`"${text}" is no percentage: write it as 5% or 0.25%`);
  }
  return Number(text.slice(0, -1)) / 100;
}

/** A share (0–1) as people read it: `0.9%`, `12%`, `100%`. */
export function formatPercent(share: number): string {
  const points = share * 100;
  return `${Number(points.toFixed(points < 10 ? 1 : 0))}%`;
}
