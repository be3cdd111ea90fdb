import fc from 'fast-check';
import { limitEvidence, observeMean, observeShare, startMeanLimit, startShareLimit } from './limit.ts';

const share = fc.double({ min: 0.001, max: 0.9, noNaN: true });

test('a share within the limit has evidence of at most 1 in expectation', () => {
  fc.assert(
    fc.property(
      share,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 6 }),
      (ceiling, part, n) => {
        const p = ceiling * part;
        let [expectation, choose] = [0, 1];
        for (let bad = 0; bad <= n; bad++) {
          const state = observeShare(startShareLimit(ceiling), { calls: n, bad });
          expectation += choose * p ** bad * (1 - p) ** (n - bad) * Math.exp(limitEvidence(state));
          choose = (choose * (n - bad)) / (bad + 1);
        }
        expect(expectation).toBeLessThanOrEqual(1 + 1e-9);
      },
    ),
  );
});

test('a mean within the limit has evidence of at most 1 in expectation, without a bound on the values', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1e6, noNaN: true }),
      fc.double({ min: 1, max: 1e4, noNaN: true }),
      (ceiling, factor) => {
        // All but one in `factor` calls cost nothing, that one `factor` times the ceiling: the mean is the ceiling.
        const chance = 1 / factor;
        const of = (count: number) =>
          Math.exp(
            limitEvidence(
              observeMean(startMeanLimit(ceiling), [
                [0, 2 - count],
                [ceiling * factor, count],
              ]),
            ),
          );
        const expectation =
          (1 - chance) ** 2 * of(0) + 2 * chance * (1 - chance) * of(1) + chance ** 2 * of(2);
        expect(expectation).toBeLessThanOrEqual(1 + 1e-9);
      },
    ),
  );
});

test('is found to be exceeded, and not where it is kept', () => {
  const look = (bad: number) => observeShare(startShareLimit(0.05), { calls: 100, bad });
  expect(Math.exp(limitEvidence(look(20)))).toBeGreaterThan(100);
  expect(Math.exp(limitEvidence(look(4)))).toBeLessThan(1);
  const cost = (each: number) => observeMean(startMeanLimit(1_000), [[each, 50]]);
  expect(Math.exp(limitEvidence(cost(1_500)))).toBeGreaterThan(100);
  expect(Math.exp(limitEvidence(cost(900)))).toBeLessThan(1);
});

test('keeps what it has seen, and nothing changes without calls', () => {
  const state = observeMean(startMeanLimit(10), [
    [4, 2],
    [12, 1],
  ]);
  expect([state.calls, state.total]).toEqual([3, 20]);
  expect(observeMean(state, [])).toBe(state);
});
