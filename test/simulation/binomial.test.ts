import { seededRandom } from '../../src/lib/random.ts';
import { drawBinomial } from './binomial.ts';

const DRAWS = 20_000;

/** Probabilities of 0…n successes, by adding one trial after the other. */
function masses(trials: number, chance: number): number[] {
  let row = [1];
  for (let trial = 0; trial < trials; trial++) {
    row = [...row, 0].map((mass, k) => mass * (1 - chance) + (row[k - 1] ?? 0) * chance);
  }
  return row;
}

test.each([
  [1, 0.3],
  [5, 0.01],
  [100, 0.01],
  [100, 0.05],
  [95, 0.5],
  [40, 0.9],
])('each number of successes of %d trials at %d comes as often as it must', (trials, chance) => {
  const random = seededRandom(trials);
  const counts = new Array<number>(trials + 1).fill(0);
  for (let draw = 0; draw < DRAWS; draw++) counts[drawBinomial(random, trials, chance)]! += 1;
  // Pearson's statistic over the cells with enough expected draws, the others pooled.
  const expected = masses(trials, chance).map((mass) => mass * DRAWS);
  const cells = expected.flatMap((want, k) => (want >= 10 ? [{ want, got: counts[k]! }] : []));
  const rest = {
    want: DRAWS - cells.reduce((sum, { want }) => sum + want, 0),
    got: DRAWS - cells.reduce((sum, { got }) => sum + got, 0),
  };
  const all = rest.want >= 1 ? [...cells, rest] : cells;
  const statistic = all.reduce((sum, { want, got }) => sum + (got - want) ** 2 / want, 0);
  const freedom = all.length - 1;
  // Mean `freedom`, variance 2·freedom: five deviations above it is no chance.
  expect(statistic).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom) + 10);
});

test('many trials have the right mean and spread', () => {
  const random = seededRandom(1);
  const [trials, chance] = [72_000, 0.3];
  const draws = Array.from({ length: 2_000 }, () => drawBinomial(random, trials, chance));
  const mean = draws.reduce((sum, k) => sum + k, 0) / draws.length;
  const variance = draws.reduce((sum, k) => sum + (k - mean) ** 2, 0) / draws.length;
  const expected = trials * chance * (1 - chance);
  expect(Math.abs(mean - trials * chance)).toBeLessThan(5 * Math.sqrt(expected / draws.length));
  expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / draws.length));
});

test('nothing is left to chance at 0 and 1', () => {
  const random = seededRandom(1);
  expect([0, -0.1].map((chance) => drawBinomial(random, 9, chance))).toEqual([0, 0]);
  expect([1, 1.1].map((chance) => drawBinomial(random, 9, chance))).toEqual([9, 9]);
  expect(drawBinomial(random, 0, 0.5)).toBe(0);
});
