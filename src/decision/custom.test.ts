import type { CustomHistograms, CustomReading } from '../api/evidence.ts';
import { bucketOf } from '../lib/buckets.ts';
import { absorbCustom, CUSTOM_UNIT, type CustomState, NO_CUSTOM } from './custom.ts';

type Values = Record<string, number>;

function counters(
  candidate: [bad: Values, total: Values],
  stable: [bad: Values, total: Values],
): CustomReading {
  const arm = ([bad, total]: [Values, Values]) => ({ bad, total });
  return { guardrail: 'carts', candidate: arm(candidate), stable: arm(stable) };
}

/** Looks one after the other; those named in `moves` come after the split has moved. */
function play(readings: CustomReading[], moves: number[] = [], stepElapsedMs = 5_000) {
  let state: CustomState = NO_CUSTOM;
  return readings.map((reading, at) => {
    const look = absorbCustom(state, [reading], { moved: moves.includes(at), stepElapsedMs });
    state = look.state;
    return look.served.get('carts')!;
  });
}

const counts = (candidate: [calls: number, bad: number], stable: [calls: number, bad: number]) => ({
  counts: {
    candidate: { calls: candidate[0], bad: candidate[1] },
    stable: { calls: stable[0], bad: stable[1] },
  },
});
const NONE = counts([0, 0], [0, 0]);

describe('counters', () => {
  const begun = [
    counters([{}, {}], [{ a: 10 }, { a: 1_000 }]),
    counters([{}, {}], [{ a: 10 }, { a: 1_001 }]),
  ];

  test('count what is new, from the first change after the rollout began', () => {
    const served = play([
      ...begun,
      counters([{ b: 1 }, { b: 4 }], [{ a: 11 }, { a: 1_020 }]),
      counters([{ b: 1 }, { b: 9 }], [{ a: 11 }, { a: 1_050 }]),
    ]);
    expect(served).toEqual([NONE, NONE, counts([4, 1], [19, 0]), counts([5, 0], [30, 0])]);
  });

  test('a series that begins again counts from zero; a new one counts whole', () => {
    const served = play([...begun, counters([{}, {}], [{ a: 1 }, { a: 3, c: 7 }])]);
    // The series of bad calls had not changed since the rollout began: its fall is only its first change.
    expect(served[2]).toEqual(counts([0, 0], [10, 0]));
  });

  test('a sum over series that falls is no count of calls', () => {
    const sum = (bad: number, total: number) => counters([{}, {}], [{ 'sum-x': bad }, { 'sum-y': total }]);
    const served = play([sum(10, 1_000), sum(11, 1_001), sum(12, 1_020), sum(4, 500), sum(5, 510)]);
    expect(served.slice(2)).toEqual([counts([0, 0], [19, 1]), NONE, counts([0, 0], [10, 1])]);
  });

  test('bad calls that are scraped before the calls wait for them', () => {
    const at = (bad: number, total: number) => counters([{ b: bad }, { b: total }], [{ a: 0 }, { a: 0 }]);
    const served = play([at(0, 0), at(1, 10), at(4, 10), at(4, 12), at(4, 20)]);
    expect(served.slice(1)).toEqual([NONE, NONE, NONE, counts([10, 3], [0, 0])]);
  });

  test('parts of a call wait for the rest', () => {
    const at = (total: number) => counters([{}, { b: total }], [{}, {}]);
    expect(play([at(0), at(0.5), at(1.75), at(2.75)]).slice(2)).toEqual([
      counts([1, 0], [0, 0]),
      counts([1, 0], [0, 0]),
    ]);
  });

  test('after a change of weight a series counts again from its first change on', () => {
    const at = (b: number, a: number) => counters([{}, { b }], [{}, { a }]);
    const served = play([at(0, 0), at(1, 1), at(10, 100), at(15, 150), at(15, 170), at(18, 190)], [3]);
    expect(served.slice(2)).toEqual([
      counts([9, 0], [99, 0]),
      NONE,
      // The first change of stable's series may still hold calls of the old weight; the candidate's has not changed yet.
      NONE,
      counts([0, 0], [20, 0]),
    ]);
  });

  test('a minute into a step all that changes is of that step', () => {
    const at = (b: number) => counters([{}, { b }], [{}, {}]);
    expect(play([at(3), at(4), at(9)], [], 60_000)).toEqual([
      NONE,
      counts([1, 0], [0, 0]),
      counts([5, 0], [0, 0]),
    ]);
  });

  test('a problem is passed on and forgets nothing', () => {
    const at = (b: number) => counters([{}, { b }], [{}, {}]);
    const served = play([at(0), at(1), { guardrail: 'carts', problem: 'Prometheus is gone' }, at(5)]);
    expect(served.slice(2)).toEqual([{ problem: 'Prometheus is gone' }, counts([4, 0], [0, 0])]);
  });
});

describe('histograms', () => {
  const arm = (pairs: [number, number][]): CustomHistograms => ({ histograms: { x: pairs } });
  const both = (candidate: [number, number][], stable: [number, number][]): CustomReading => ({
    guardrail: 'carts',
    candidate: arm(candidate),
    stable: arm(stable),
  });
  const none: [number, number][] = [
    [0.5, 0],
    [1, 0],
    [Number.POSITIVE_INFINITY, 0],
  ];
  const one: [number, number][] = [
    [0.5, 1],
    [1, 1],
    [Number.POSITIVE_INFINITY, 1],
  ];

  test('coarse buckets lean in favour of the candidate, and what is shown does not', () => {
    const later: [number, number][] = [
      [0.5, 1],
      [1, 9],
      [Number.POSITIVE_INFINITY, 10],
    ];
    const [, , served] = play([both(none, none), both(one, one), both(later, later)]);
    const at = (value: number) => String(bucketOf(value * CUSTOM_UNIT));
    expect(served).toEqual({
      values: {
        candidate: { [at(0.5)]: 8, [at(1)]: 1 },
        stable: { [at(0.999_999)]: 8, 400: 1 },
        shown: {
          candidate: { [at(0.75)]: 8, [at(1)]: 1 },
          stable: { [at(0.75)]: 8, [at(1)]: 1 },
        },
      },
    });
  });

  test('those of a native histogram of the finest common resolution lie in the same bucket for both', () => {
    const bound = (index: number) => 2 ** (index / 8);
    const at = (count: number): [number, number][] => [
      [bound(-3), 0],
      [bound(-2), count],
    ];
    const [, , served] = play([both(at(0), at(0)), both(at(1), at(1)), both(at(5), at(7))]);
    const bucket = String(-3 + 160);
    expect(served).toMatchObject({ values: { candidate: { [bucket]: 4 }, stable: { [bucket]: 6 } } });
  });

  test('a bound that is new has counted before what the one below it had', () => {
    const [, , served] = play([
      both([[1, 0]], [[1, 0]]),
      both([[1, 4]], [[1, 4]]),
      both(
        [
          [1, 4],
          [2, 5],
        ],
        [
          [1, 6],
          [2, 6],
        ],
      ),
    ]);
    const total = (buckets: Record<string, number>) =>
      Object.values(buckets).reduce((sum, each) => sum + each, 0);
    const { values } = served as {
      values: { candidate: Record<string, number>; stable: Record<string, number> };
    };
    expect([total(values.candidate), total(values.stable)]).toEqual([1, 2]);
  });

  test('buckets that have been joined begin anew, without counting anything twice', () => {
    const [, , served, next] = play([
      both(
        [
          [1, 0],
          [2, 0],
        ],
        none,
      ),
      both(
        [
          [1, 4],
          [2, 8],
        ],
        none,
      ),
      both([[2, 9]], none),
      both([[2, 12]], none),
    ]);
    expect(served).toMatchObject({ values: { candidate: {} } });
    expect(next).toMatchObject({ values: { candidate: { '-1': 3 } } });
  });
});
