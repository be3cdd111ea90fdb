import { z } from 'zod';
import { drawNormal, type Random } from '../lib/random.ts';

const milliseconds = () => z.number().min(0).max(3_600_000);

/** The same every time, or log-normal, which is how long answers of real providers take. */
export const Delay = z.union([
  milliseconds(),
  z
    .strictObject({
      p50: milliseconds().positive().describe('Median, in ms.'),
      p95: milliseconds().positive().describe('95th percentile, in ms; not below p50.'),
    })
    .refine(({ p50, p95 }) => p95 >= p50, { path: ['p95'], error: 'is below p50: give at least that' }),
]);
export type Delay = z.output<typeof Delay>;

/** The 95th percentile of the standard normal distribution. */
const Z95 = 1.6448536269514722;

/** Draws a delay, in ms. */
export function drawDelay(delay: Delay, random: Random): number {
  if (typeof delay === 'number') return delay;
  const sigma = Math.log(delay.p95 / delay.p50) / Z95;
  return delay.p50 * Math.exp(sigma * drawNormal(random));
}
