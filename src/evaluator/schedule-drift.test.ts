import fc from 'fast-check';
import { drawNormal, seededRandom } from '../lib/random.ts';
import { packScores, unpackScores } from './packed-scores.ts';
import { type Drift, driftOf, type ScheduledRun } from './schedule-drift.ts';

const TOLERANCE = 0.02;

const runOf = (scores: (number | undefined)[], over: Partial<ScheduledRun> = {}): ScheduledRun => ({
  revision: 'triage-1',
  suite: 'abc',
  scores,
  outputs: { length: {}, ending: {} },
  at: '2026-01-05T00:00:00.000Z',
  ...over,
});

/** Runs one after the other, each told of the one before. */
function play(runs: ScheduledRun[]): Drift[] {
  const said: Drift[] = [];
  for (const run of runs) {
    const { reference } = said.at(-1) ?? {};
    said.push(driftOf(reference && { revision: 'triage-1', reference }, run, TOLERANCE));
  }
  return said;
}

const passing = (passed: number, of: number) => Array.from({ length: of }, (_, at) => (at < passed ? 1 : 0));

test('scores are kept to a sixtieth, and what has none stays without', () => {
  expect(unpackScores(packScores([0, 0.25, 1 / 3, 0.5, 0.9, 1, undefined]))).toEqual([
    0,
    0.25,
    1 / 3,
    0.5,
    0.9,
    1,
    undefined,
  ]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (scores) => {
      const packed = packScores(scores);
      expect(packed).toHaveLength(scores.length);
      unpackScores(packed).forEach((score, at) => {
        expect(Math.abs(score! - scores[at]!)).toBeLessThanOrEqual(1 / 120 + 1e-12);
      });
    }),
  );
});

test('the first run is the reference, and what answers alike has not drifted', () => {
  const said = play(Array.from({ length: 30 }, () => runOf(passing(36, 40))));
  expect(said[0]).toMatchObject({
    verdict: 'Pass',
    message: 'scored 0.9: the reference for later runs',
    reference: { runs: 1 },
  });
  expect(said.every(({ verdict }) => verdict === 'Pass')).toBe(true);
  expect(said.at(-1)?.reference).toMatchObject({ runs: 30, level: '0.00000', below: '0.000' });
});

test('a large fall is proven by one run', () => {
  const [, second] = play([runOf(passing(40, 40)), runOf(passing(24, 40))]);
  expect(second?.verdict).toBe('Fail');
  expect(second?.message).toContain('proven lower at a risk of 1%');
});

test('a fall that no run proves shows in several', () => {
  const steady = Array.from({ length: 4 }, () => runOf(passing(54, 60)));
  const fallen = Array.from({ length: 20 }, () => runOf(passing(50, 60)));
  const said = play([...steady, ...fallen]);
  const at = said.findIndex(({ verdict }) => verdict === 'Fail');
  expect(at).toBeGreaterThan(5);
  expect(said[at]?.message).toMatch(
    /runs have fallen by [78]\.\d standard deviations in all, 7 are allowed$/,
  );
  // It says so until the scores are back.
  expect(said.slice(at).every(({ verdict }) => verdict === 'Fail')).toBe(true);
  const back = play([...steady, ...fallen, ...Array.from({ length: 3 }, () => runOf(passing(54, 60)))]);
  expect(back.at(-1)?.verdict).toBe('Pass');
});

test('is seldom wrong about answers that vary by chance as much as they can', () => {
  const random = seededRandom(8);
  const chances = Array.from({ length: 40 }, () => Math.min(1, Math.max(0, 0.85 + 0.1 * drawNormal(random))));
  const draw = () => runOf(chances.map((chance) => (random() < chance ? 1 : 0)));
  // Two weeks of runs every six hours, sixty times over.
  const series = Array.from({ length: 60 }, () => play(Array.from({ length: 60 }, draw)));
  // In truth one series in twenty.
  const wrong = series.filter((said) => said.some(({ verdict }) => verdict === 'Fail')).length;
  expect(wrong / series.length).toBeLessThanOrEqual(0.1);
});

test.each([
  ['another revision', { revision: 'triage-2' }],
  ['other cases', { suite: 'def' }],
  ['another judge', { judge: 'sim/judge-2' }],
])('%s begins anew', (_what, over) => {
  const [{ reference } = {}] = play([runOf(passing(40, 40))]);
  const said = driftOf({ revision: 'triage-1', reference }, runOf(passing(0, 40), over), TOLERANCE);
  expect(said).toMatchObject({ verdict: 'Pass', reference: { runs: 1 } });
});

test('cases without a score are left out; with too few of them nothing is told, and the reference stays', () => {
  const some = (share: number) => passing(40, 40).map((score, at) => (at < share * 40 ? score : undefined));
  const [first, second, third] = play([runOf(passing(40, 40)), runOf(some(0.6)), runOf(some(0.4))]);
  expect(second).toMatchObject({ verdict: 'Pass', reference: { runs: 2 } });
  expect(second?.message).toContain('over 24 cases');
  expect(third).toEqual({
    verdict: 'Error',
    message: 'only 16 of 40 cases could be scored',
    reference: second?.reference,
  });
  const halves = driftOf(
    { revision: 'triage-1', reference: { ...first!.reference!, scores: packScores(some(0.6)) } },
    runOf(some(0.6).toReversed()),
    TOLERANCE,
  );
  expect(halves.message).toBe('only 8 of 40 cases could be compared with the reference');
  expect(driftOf(undefined, runOf([]), TOLERANCE).verdict).toBe('Error');
});
