import { drawLetters, drawNormal, seededRandom } from './random.ts';

test('a seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 5 }, random);
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('the numbers of small seeds are spread evenly', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const random = seededRandom(seed);
    const buckets = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw += 1) buckets[Math.floor(random() * 10)]! += 1;
    // Each count is binomial(10 000, 0.1): mean 1000, standard deviation 30.
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(5 * 30);
  }
});

test('normal draws have mean 0 and variance 1', () => {
  const random = seededRandom(1);
  const draws = Array.from({ length: 20_000 }, () => drawNormal(random));
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(20_000));
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 20_000));
});

test('letters are as many as asked for', () => {
  expect(drawLetters(seededRandom(1), 29)).toMatch(/^[A-Za-z0-9]{29}$/);
});
