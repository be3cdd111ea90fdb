import fc from 'fast-check';
import { closestNull } from './closest-null.ts';
import { logMeanExp } from './mixture.ts';
import { logPayoff, notWorseBets, type RateBet, worseBets } from './rate-bet.ts';
import { limitOf, NO_TOLERANCE, type Tolerance } from './tolerance.ts';

const share = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const line = fc.record({ relative: share(0, 1), absolute: share(0, 0.2) });
const calls = fc.record({
  candidate: fc.integer({ min: 1, max: 7 }),
  stable: fc.integer({ min: 1, max: 9 }),
});
/** Sums of a few thousand products of doubles. */
const SLACK = 1e-9;

/** Probabilities of 0…n bad calls out of n. */
function binomial(n: number, rate: number): number[] {
  let masses = [1];
  for (let call = 0; call < n; call++) {
    masses = [...masses, 0].map((mass, bad) => mass * (1 - rate) + (masses[bad - 1] ?? 0) * rate);
  }
  return masses;
}

/** The exact expectation of what the bets pay on average, over all that a block can bring. */
function expectedPayoff(
  bets: RateBet[],
  n: typeof calls extends fc.Arbitrary<infer T> ? T : never,
  rates: typeof n,
  against: Tolerance,
): number {
  const stableMasses = binomial(n.stable, rates.stable);
  let expectation = 0;
  binomial(n.candidate, rates.candidate).forEach((candidateMass, candidateBad) => {
    stableMasses.forEach((stableMass, stableBad) => {
      const block = {
        candidate: { calls: n.candidate, bad: candidateBad },
        stable: { calls: n.stable, bad: stableBad },
      };
      expectation +=
        candidateMass * stableMass * Math.exp(logMeanExp(bets.map((bet) => logPayoff(bet, block, against))));
    });
  });
  return expectation;
}

test('the worked example', () => {
  const block = { candidate: { calls: 50, bad: 4 }, stable: { calls: 950, bad: 9 } };
  const payoffs = worseBets(0.01).map((bet) => logPayoff(bet, block, NO_TOLERANCE));
  const published = [1.089042, 2.141799, 3.499051, 4.521735, 2.305561, -28.826502];
  expect(payoffs.map((payoff) => payoff.toFixed(6))).toEqual(published.map((payoff) => payoff.toFixed(6)));
  expect(logMeanExp(payoffs).toFixed(6)).toBe('3.195915');
});

test('a bet on worse pays at most 1 in expectation wherever the candidate is within the line', () => {
  fc.assert(
    fc.property(
      calls,
      line,
      share(0, 1),
      share(0, 1),
      share(1e-6, 1 - 1e-6),
      (n, against, stable, part, guess) => {
        const candidate = Math.min(1, limitOf(against, stable)) * part;
        const bets = worseBets(guess, against);
        expect(expectedPayoff(bets, n, { candidate, stable }, against)).toBeLessThanOrEqual(1 + SLACK);
      },
    ),
    { numRuns: 150 },
  );
});

test('at the line itself too, with and without a margin', () => {
  fc.assert(
    fc.property(
      calls,
      fc.oneof(line, fc.constant(NO_TOLERANCE)),
      share(0, 0.4),
      share(1e-6, 0.99),
      (n, against, stable, guess) => {
        const candidate = Math.min(1, limitOf(against, stable));
        const bets = worseBets(guess, against);
        expect(expectedPayoff(bets, n, { candidate, stable }, against)).toBeLessThanOrEqual(1 + SLACK);
      },
    ),
    { numRuns: 150 },
  );
});

test('a bet on not worse pays at most 1 in expectation wherever the candidate is beyond the line', () => {
  fc.assert(
    fc.property(
      calls,
      line,
      share(0, 1),
      share(0, 1),
      share(1e-6, 1 - 1e-6),
      (n, against, stable, part, guess) => {
        const limit = Math.min(1, limitOf(against, stable));
        fc.pre(limitOf(against, stable) <= 1);
        const candidate = limit + (1 - limit) * part;
        const bets = notWorseBets(guess, against);
        expect(expectedPayoff(bets, n, { candidate, stable }, against)).toBeLessThanOrEqual(1 + SLACK);
      },
    ),
    { numRuns: 150 },
  );
});

test('bets grow where they are right', () => {
  const n = { candidate: 6, stable: 9 };
  expect(expectedPayoff(worseBets(0.01), n, { candidate: 0.2, stable: 0.01 }, NO_TOLERANCE)).toBeGreaterThan(
    2,
  );
  const margin = { relative: 0.5, absolute: 0.05 };
  expect(
    expectedPayoff(notWorseBets(0.2, margin), n, { candidate: 0.1, stable: 0.2 }, margin),
  ).toBeGreaterThan(1.1);
});

test('the null point is the closest of the whole line', () => {
  const divergence = (p: number, q: number) => p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
  fc.assert(
    fc.property(calls, line, share(0.001, 0.9), share(0.001, 0.99), (n, against, stable, candidate) => {
      const distance = (at: number) =>
        n.candidate * divergence(candidate, limitOf(against, at)) + n.stable * divergence(stable, at);
      const found = closestNull({ candidate, stable }, n, against);
      expect(found.candidate).toBeCloseTo(limitOf(against, found.stable), 12);
      const highest = (1 - against.absolute) / (1 + against.relative);
      for (let at = 0.01; at < 1; at += 0.01) {
        expect(distance(found.stable)).toBeLessThanOrEqual(distance(at * highest) + SLACK);
      }
    }),
  );
});

test('a margin of nearly nothing gives what the closed form gives', () => {
  const [bet, n] = [
    { candidate: 0.3, stable: 0.01 },
    { candidate: 50, stable: 950 },
  ];
  const closed = closestNull(bet, n, NO_TOLERANCE);
  const searched = closestNull(bet, n, { relative: 0, absolute: 1e-15 });
  expect(searched.stable).toBeCloseTo(closed.stable, 12);
  expect(searched.candidate).toBeCloseTo(closed.candidate, 12);
});

test('a side without calls neither wins nor loses', () => {
  for (const bet of worseBets(0.01)) {
    const candidateOnly = { candidate: { calls: 9, bad: 9 }, stable: { calls: 0, bad: 0 } };
    const stableOnly = { candidate: { calls: 0, bad: 0 }, stable: { calls: 9, bad: 9 } };
    expect(logPayoff(bet, candidateOnly, NO_TOLERANCE)).toBe(0);
    expect(logPayoff(bet, stableOnly, NO_TOLERANCE)).toBe(0);
  }
});

test('payoffs are finite at every rate and size, and never bet on a candidate that is better', () => {
  const size = fc.constantFrom(1, 7, 1_000, 1e9, 1e15);
  const guess = fc.constantFrom(5e-16, 1e-6, 0.01, 0.5, 0.994, 0.9951, 1 - 1e-9);
  fc.assert(
    fc.property(size, size, guess, share(0, 1), share(0, 1), line, (nc, ns, expected, pc, ps, margin) => {
      const block = {
        candidate: { calls: nc, bad: Math.floor(nc * pc) },
        stable: { calls: ns, bad: Math.floor(ns * ps) },
      };
      for (const bet of worseBets(expected)) {
        expect(Number.isFinite(logPayoff(bet, block, NO_TOLERANCE))).toBe(true);
        if (bet) expect(bet.candidate).toBeGreaterThan(bet.stable);
      }
      for (const bet of notWorseBets(expected, margin)) {
        expect(Number.isFinite(logPayoff(bet, block, margin))).toBe(true);
      }
    }),
  );
});
