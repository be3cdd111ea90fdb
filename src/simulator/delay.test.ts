import { seededRandom } from '../lib/random.ts';
import { Delay, drawDelay } from './delay.ts';

test('a number is that many ms every time', () => {
  expect(drawDelay(Delay.parse(25), seededRandom(1))).toBe(25);
});

test('a log-normal delay has the median and the 95th percentile asked for', () => {
  const random = seededRandom(3);
  const delay = Delay.parse({ p50: 40, p95: 120 });
  const draws = Array.from({ length: 10_000 }, () => drawDelay(delay, random));
  const shareAbove = (ms: number) => draws.filter((draw) => draw > ms).length / draws.length;
  expect(Math.abs(shareAbove(40) - 0.5)).toBeLessThan(5 * Math.sqrt((0.5 * 0.5) / 10_000));
  expect(Math.abs(shareAbove(120) - 0.05)).toBeLessThan(5 * Math.sqrt((0.05 * 0.95) / 10_000));
});

test('percentiles the wrong way round are refused', () => {
  expect(Delay.safeParse({ p50: 40, p95: 30 }).success).toBe(false);
});
