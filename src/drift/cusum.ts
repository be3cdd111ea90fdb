/** What values are like while nothing has changed. */
export interface CusumReference {
  mean: number;
  /** Standard deviation of one value, above 0. */
  deviation: number;
}

export interface CusumSettings {
  /** Steps of up to this many standard deviations from the mean do not add up: half the shift that is looked for. */
  slack: number;
  /** How many standard deviations what adds up may come to. */
  limit: number;
}

/** What has added up so far on each side of the mean, in standard deviations, 0 or more. Plain JSON. */
export interface CusumSums {
  above: number;
  below: number;
}

/**
 * Looks for a shift of one standard deviation. Of independent normal values a side signals falsely after 930 of them on
 * average, a shift by one standard deviation after 10, by two after 4 (Montgomery, "Introduction to Statistical Quality
 * Control", 9.1; with a limit of 4: after 335, 8.4 and 3.3).
 */
export const USUAL_CUSUM: CusumSettings = { slack: 0.5, limit: 5 };

export const NO_SUMS: CusumSums = { above: 0, below: 0 };

/**
 * Page's cumulative sums (1954) after one more value: above ← max(0, above + z − slack), below ← max(0, below − z − slack)
 * with z the value's distance from the mean in standard deviations. Small shifts that last add up; single values do not.
 * @throws RangeError for a deviation that is not above 0 and for a value that is no number
 */
export function addToCusum(
  sums: CusumSums,
  value: number,
  { mean, deviation }: CusumReference,
  { slack }: CusumSettings = USUAL_CUSUM,
): CusumSums {
  if (!(deviation > 0)) throw new RangeError(`a standard deviation must be above 0, not ${deviation}`);
  const z = (value - mean) / deviation;
  if (!Number.isFinite(z)) throw new RangeError(`a value must be a number, not ${value}`);
  return { above: Math.max(0, sums.above + z - slack), below: Math.max(0, sums.below - z - slack) };
}

/** The sums after all `values`, oldest first, from nothing. */
export function cusum(
  values: readonly number[],
  reference: CusumReference,
  settings: CusumSettings = USUAL_CUSUM,
): CusumSums {
  return values.reduce((sums, value) => addToCusum(sums, value, reference, settings), NO_SUMS);
}

/** The side on which the limit is passed; the larger where both are. */
export function shiftedTo(
  { above, below }: CusumSums,
  { limit }: CusumSettings = USUAL_CUSUM,
): 'above' | 'below' | undefined {
  if (Math.max(above, below) <= limit) return undefined;
  return above > below ? 'above' : 'below';
}
