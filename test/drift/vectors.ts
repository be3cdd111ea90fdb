import { readFileSync } from 'node:fs';

/** What scipy says of the same numbers; made by vectors.py. */
export const vectors: {
  compared: {
    reference: number[];
    current: number[];
    jensenShannonDistance: number;
    stabilityIndex: number;
    chiSquare: { statistic: number; degrees: number; pValue: number };
  }[];
  chiSquareTails: { statistic: number; degrees: number; tail: number }[];
  runLengths: { shift: number; slack: number; limit: number; mean: number }[];
} = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));

/** Counts by the bucket's number. */
export const bucketsOf = (counts: readonly number[]): Record<string, number> =>
  Object.fromEntries(counts.map((count, bucket) => [bucket, count]));
