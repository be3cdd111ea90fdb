import { drawNormal, type Random, seededRandom } from '../../lib/random.ts';
import { noTraits, TRAIT_GROUPS, type TraitGroup, type Traits } from '../../traits/counts.ts';
import { lengthBucket } from '../../traits/traits.ts';
import { traitShifts } from './trait-shift.ts';
import { LEAST_CALLS } from './window.ts';

type Shares = Readonly<Record<string, number>>;

/** What calls are drawn from: the share of each bucket, by group and trait. */
type World = Record<TraitGroup, Record<string, Shares>>;

/** Lengths around a typical one, a third of which are more than 1.6 times as long or short. */
function lengths(typical: number): Shares {
  const random = seededRandom(1);
  const shares: Record<string, number> = {};
  for (let n = 0; n < 10_000; n++) {
    const bucket = lengthBucket(typical * Math.exp(drawNormal(random)));
    shares[bucket] = (shares[bucket] ?? 0) + 1 / 10_000;
  }
  return shares;
}

const USUAL = {
  inputs: {
    length: lengths(120),
    messages: { 1: 0.6, 2: 0.25, 3: 0.1, 4: 0.04, 5: 0.01 },
    language: { en: 0.7, latin: 0.14, de: 0.08, fr: 0.04, es: 0.02, none: 0.015, han: 0.004, thai: 0.001 },
    variables: { 3: 0.97, 11: 0.03 },
    'value:lang': { 1: 0.6, 5: 0.3, 7: 0.07, 12: 0.03 },
  },
  answers: {
    length: lengths(600),
    ending: { success: 0.965, truncated: 0.015, refusal: 0.01, schema_invalid: 0.01 },
    sentiment: { positive: 0.5, mixed: 0.25, negative: 0.15, none: 0.1 },
  },
  feedback: { thumb: { up: 0.88, down: 0.12 } },
} satisfies World;

/** The share of calls that are given a thumb. */
const THUMBS = 0.3;

/** So many draws, by bucket. */
function drawCounts(random: Random, times: number, shares: Shares): Record<string, number> {
  let sum = 0;
  const upTo = Float64Array.from(Object.values(shares), (share) => {
    sum += share;
    return sum;
  });
  const counts = new Uint32Array(upTo.length);
  for (let n = 0; n < times; n++) {
    const place = random() * sum;
    let at = 0;
    while (upTo[at]! <= place) at++;
    counts[at]!++;
  }
  return Object.fromEntries(Object.keys(shares).map((bucket, at) => [bucket, counts[at]!]));
}

function drawWindow(random: Random, calls: number, over: Partial<World> = {}): Traits {
  const traits = noTraits();
  for (const group of TRAIT_GROUPS) {
    const times = group === 'feedback' ? calls * THUMBS : calls;
    for (const [trait, shares] of Object.entries({ ...USUAL[group], ...over[group] } as World[TraitGroup])) {
      traits[group][trait] = drawCounts(random, times, shares);
    }
  }
  return traits;
}

/** How many of so many windows are told to be unlike a reference of as many calls; ten windows share one reference. */
function toldOf(windows: number, calls: number, over: Partial<World> = {}): number {
  const random = seededRandom(calls);
  let [told, reference] = [0, noTraits()];
  for (let at = 0; at < windows; at++) {
    if (at % 10 === 0) reference = drawWindow(random, calls);
    if (Object.keys(traitShifts(reference, drawWindow(random, calls, over))).length > 0) told++;
  }
  return told;
}

// What docs/drift.md promises.
test.each([
  [LEAST_CALLS, 3],
  [400, 0],
])('of 1,000 windows of %d calls in which nothing changed, at most %d are told of', (calls, most) => {
  expect(toldOf(1_000, calls)).toBeLessThanOrEqual(most);
});

const { language } = USUAL.inputs;
const { ending, sentiment } = USUAL.answers;
const SHIFTS: [what: string, over: Partial<World>, of200: number, of1000: number][] = [
  ['texts twice as long', { inputs: { length: lengths(240) } }, 55, 99],
  [
    'a sixth of the calls in a new language',
    { inputs: { language: { ...language, en: 0.53, pl: 0.17 } } },
    95,
    99,
  ],
  ['answers twice as long', { answers: { length: lengths(1_200) } }, 70, 99],
  [
    'a tenth of the answers refused',
    { answers: { ending: { ...ending, success: 0.875, refusal: 0.1 } } },
    50,
    95,
  ],
  [
    'half as many positive answers',
    { answers: { sentiment: { ...sentiment, positive: 0.25, negative: 0.4 } } },
    85,
    99,
  ],
  ['a third of the thumbs down', { feedback: { thumb: { up: 0.65, down: 0.35 } } }, 20, 95],
];
test.each(SHIFTS)('%s: found in most windows of 1,000 calls', (_what, over, of200, of1000) => {
  expect(toldOf(100, LEAST_CALLS, over)).toBeGreaterThanOrEqual(of200);
  expect(toldOf(100, 1_000, over)).toBeGreaterThanOrEqual(of1000);
});

test.each<[string, Partial<World>]>([
  ['texts a quarter longer', { inputs: { length: lengths(150) } }],
  [
    'a twentieth of the calls in a new language',
    { inputs: { language: { ...language, en: 0.65, pl: 0.05 } } },
  ],
  ['refusals of 3 % for 1 %', { answers: { ending: { ...ending, success: 0.945, refusal: 0.03 } } }],
])('%s: mostly too small to be told', (_what, over) => {
  expect(toldOf(100, 1_000, over)).toBeLessThanOrEqual(10);
});

test('what has shifted is said in words and numbers', () => {
  const calls = (buckets: Shares): Traits => ({ ...noTraits(), inputs: { language: { ...buckets } } });
  expect(traitShifts(calls({ en: 190, de: 10 }), calls({ de: 150, en: 50 }))).toEqual({
    inputs:
      'languages de 75.0%, en 25.0%; en 95.0%, de 5.0% then (stability index 2.78, Jensen–Shannon distance 0.65)',
  });
});

test('small changes are not told, however sure they are, and few counts tell nothing', () => {
  const many = (de: number): Traits => ({ ...noTraits(), inputs: { language: { en: 100_000, de } } });
  expect(traitShifts(many(5_000), many(8_000))).toEqual({});
  const few = (thumb: Shares): Traits => ({ ...noTraits(), feedback: { thumb: { ...thumb } } });
  expect(traitShifts(few({ up: 49 }), few({ down: 500 }))).toEqual({});
  expect(traitShifts(few({ up: 50 }), few({ down: 50 }))).toHaveProperty('feedback');
});

test('what only one window has is no shift where the other could not tell, and many rare buckets are none', () => {
  const one: Traits = { ...noTraits(), inputs: { 'value:lang': { 1: 400 } } };
  expect(traitShifts(noTraits(), one)).toEqual({});
  const rare = (first: number): Traits => ({
    ...noTraits(),
    inputs: { length: Object.fromEntries(Array.from({ length: 30 }, (_, at) => [first + at, 2])) },
  });
  expect(traitShifts(rare(0), rare(30))).toEqual({});
});
