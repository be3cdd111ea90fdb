import fc from 'fast-check';
import { type Random, seededRandom } from '../lib/random.ts';
import { comparePaired, type PairedCase, reachesMinimum } from './paired.ts';
import { evidenceBelow } from './paired-bet.ts';
import { pairedWords } from './paired-words.ts';

const RISK = 0.05;
const TOLERANCE = 0.02;
const settings = { tolerance: TOLERANCE, risk: RISK };

const cases = (pairs: [candidate: number, stable: number][]): PairedCase[] =>
  pairs.map(([candidate, stable]) => ({ candidate: [candidate], stable: [stable] }));

/** `lost` cases that stable alone passed, `won` that the candidate alone passed, `both` that both did. */
const passes = (lost: number, won: number, both: number) =>
  cases([
    ...Array<[number, number]>(lost).fill([0, 1]),
    ...Array<[number, number]>(won).fill([1, 0]),
    ...Array<[number, number]>(both).fill([1, 1]),
  ]);

const compare = (pairs: PairedCase[], given = settings) => {
  const compared = comparePaired(pairs, given);
  if (compared === undefined) throw new Error('no case');
  return compared;
};

const score = fc.double({ min: 0, max: 1, noNaN: true });
const pairs = fc.array(
  fc.record({
    candidate: fc.array(score, { minLength: 1, maxLength: 3 }),
    stable: fc.array(score, { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
);

test('evidence is at most 1 in expectation where the mean is at the line or above, whatever each case is like', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  const oneCase = fc.record({ low: value, high: value, chance: score });
  fc.assert(
    fc.property(fc.array(oneCase, { minLength: 1, maxLength: 7 }), (given) => {
      const means = given.map(({ low, high, chance }) => chance * low + (1 - chance) * high);
      const line = means.reduce((sum, each) => sum + each, 0) / means.length;
      let expectation = 0;
      for (let outcome = 0; outcome < 2 ** given.length; outcome++) {
        let mass = 1;
        const drawn = given.map(({ low, high, chance }, at) => {
          const isLow = (outcome >> at) % 2 === 1;
          mass *= isLow ? chance : 1 - chance;
          return isLow ? low : high;
        });
        expectation += mass * Math.exp(evidenceBelow(line, drawn, RISK));
      }
      expect(expectation).toBeLessThanOrEqual(1 + 1e-9);
    }),
    { numRuns: 300 },
  );
});

/** Differences whose mean is exactly at the tolerance. */
const EDGES: Record<string, (random: Random, at: number) => number> = {
  'pass and fail, few flips': (random) => flip(random(), 0.04, 0.02),
  'pass and fail, many flips': (random) => flip(random(), 0.32, 0.3),
  'one rare disaster': (random) => flip(random(), 0.02, 0),
  'continuous, even': (random) => -TOLERANCE + (random() - 0.5),
  'continuous, a long tail of losses': (random) => 0.18 - 0.8 * random() ** 3,
  'scores in quarters, mostly ties': (random) => 0.25 * flip(random(), 0.14, 0.06),
  'half of the cases always lost, half always won': (random, at) =>
    (at % 2 ? -0.34 : 0.3) + 0.1 * (random() - 0.5),
};

const flip = (drawn: number, lost: number, won: number) => (drawn < lost ? -1 : drawn < lost + won ? 1 : 0);

test.each(Object.keys(EDGES))(
  'fails a candidate at the tolerance no more often than the risk: %s',
  (name) => {
    const draw = EDGES[name]!;
    const random = seededRandom(21);
    for (const size of [8, 40, 160]) {
      const runs = 1_000;
      let failed = 0;
      for (let run = 0; run < runs; run++) {
        const differences = Array.from({ length: size }, (_, at) => draw(random, at));
        if (evidenceBelow(-TOLERANCE, differences, RISK) >= Math.log(1 / RISK)) failed++;
      }
      // As often as that, give or take three standard errors.
      expect(failed / runs).toBeLessThanOrEqual(RISK + 3 * Math.sqrt((RISK * (1 - RISK)) / runs));
    }
  },
);

test('five losses among ten answers are proof, four are not', () => {
  expect(compare(passes(5, 0, 5)).worse).toBe(true);
  expect(compare(passes(4, 0, 6)).worse).toBe(false);
});

test('says what was compared and within which limits', () => {
  const compared = compare(passes(22, 2, 76));
  expect(compared).toMatchObject({ worse: true, cases: 100, candidate: 0.78, stable: 0.98 });
  expect(compared.difference).toBeCloseTo(-0.2, 12);
  expect(compared.low).toBeLessThan(-0.25);
  expect(compared.high).toBeLessThan(-TOLERANCE);
  expect(compared.pValue).toBeLessThan(0.01);
});

test('the verdict is the limit and the p-value; the limits hold the difference between them', () => {
  fc.assert(
    fc.property(
      pairs,
      fc.constantFrom(0, 0.02, 0.3),
      fc.constantFrom(0.01, 0.05, 0.4),
      (given, tolerance, risk) => {
        const compared = compare(given, { tolerance, risk });
        expect(compared.pValue <= risk).toBe(compared.worse);
        if (Math.abs(compared.high + tolerance) > 1e-6)
          expect(compared.high < -tolerance).toBe(compared.worse);
        expect(compared.low).toBeLessThanOrEqual(compared.difference + 1e-6);
        expect(compared.high).toBeGreaterThanOrEqual(compared.difference - 1e-6);
      },
    ),
  );
});

test('neither the order of cases nor the turn of a repeat matters, and who is exchanged changes sides', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const compared = compare(given);
      const turned = compare(
        given
          .map(({ candidate, stable }) => ({
            candidate: candidate.toReversed(),
            stable: stable.toReversed(),
          }))
          .toReversed(),
      );
      const exchanged = compare(
        given.map(({ candidate, stable }) => ({ candidate: stable, stable: candidate })),
      );
      expect(turned.pValue).toBeCloseTo(compared.pValue, 9);
      expect(exchanged.low).toBeCloseTo(-compared.high, 6);
    }),
  );
});

test('answering a case more often is not more cases', () => {
  const repeated = passes(3, 0, 3).map(({ candidate, stable }) => ({
    candidate: Array<number>(16).fill(candidate[0]!),
    stable: Array<number>(16).fill(stable[0]!),
  }));
  expect(compare(repeated)).toEqual(compare(passes(3, 0, 3)));
});

test('says in words what came out, and what the suite is too small to find', () => {
  expect(pairedWords(compare(passes(22, 2, 76)), settings)).toBe(
    'scored 0.78, stable 0.98 over 100 cases: lower by 0.2, by more than 0.078 at a risk of 5%; 0.02 is allowed',
  );
  expect(pairedWords(compare(passes(0, 0, 40)), settings)).toBe(
    'scored 1, stable 1 over 40 cases: not proven to be lower by more than 0.02 at a risk of 5%; ' +
      'a suite like this finds drops from about 0.2',
  );
  expect(pairedWords(compare(passes(1, 0, 0)), settings)).toBe(
    'scored 0, stable 1 over 1 case: not proven to be lower by more than 0.02 at a risk of 5%; ' +
      'a suite this small finds no drop',
  );
});

test.each([20, 60, 200])(
  'of %i cases, a drop that is called detectable is found about four times in five',
  (size) => {
    const random = seededRandom(5);
    // Stable passes nine of ten; one answer in ten turns by itself, either way.
    const draw = (drop: number): [number, number] => {
      const stable = random() < 0.9 ? 1 : 0;
      if (stable === 1 && random() < drop / 0.9) return [0, stable];
      return [random() < 0.1 ? (random() < 0.9 ? 1 : 0) : stable, stable];
    };
    const runOf = (drop: number) => compare(cases(Array.from({ length: size }, () => draw(drop))));
    const typical = Array.from({ length: 20 }, () => runOf(0).detectable ?? 1).reduce(
      (sum, each) => sum + each / 20,
      0,
    );
    const found = Array.from({ length: 150 }, () => runOf(typical).worse).filter(Boolean).length / 150;
    expect(found).toBeGreaterThan(0.65);
    expect(found).toBeLessThan(0.97);
  },
);

test('more cases find smaller drops', () => {
  const [few, some, many] = [10, 40, 160].map((size) => compare(passes(0, 0, size)).detectable!);
  expect(few).toBeGreaterThan(some!);
  expect(some).toBeGreaterThan(many!);
  expect(many).toBeGreaterThan(TOLERANCE);
});

test('three cases can prove nothing, and say so', () => {
  const compared = compare(passes(3, 0, 0));
  expect(compared.worse).toBe(false);
  expect(compared).not.toHaveProperty('detectable');
  expect(comparePaired([], settings)).toBeUndefined();
});

test('where stable scores nothing there is nothing to lose', () => {
  expect(
    compare(
      cases([
        [0, 0],
        [0.5, 0],
      ]),
    ),
  ).not.toHaveProperty('detectable');
});

test.each([
  [
    cases([
      [1, 1],
      [1.1, 1],
    ]),
    settings,
    'candidate, case 2: a score must be in [0, 1], not 1.1',
  ],
  [cases([[1, Number.NaN]]), settings, 'stable, case 1: a score must be in [0, 1], not NaN'],
  [[{ candidate: [], stable: [1] }], settings, 'candidate, case 1: has no score'],
  [passes(1, 1, 1), { tolerance: 1, risk: RISK }, 'tolerance must be in [0, 1), not 1'],
  [passes(1, 1, 1), { tolerance: 0, risk: 0 }, 'risk must be in (0, 1), not 0'],
])('what cannot be compared is refused (%#)', (given, at, message) => {
  expect(() => comparePaired(given, at)).toThrow(new RangeError(message));
});

test('a least score is reached by the plain mean, whatever rounding did to it', () => {
  expect(reachesMinimum((0.7 + 0.8 + 0.9) / 3, 0.8)).toBe(true);
  expect(reachesMinimum(0.799, 0.8)).toBe(false);
});
