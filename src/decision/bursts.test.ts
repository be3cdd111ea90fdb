import fc from 'fast-check';
import { seededRandom } from '../lib/random.ts';
import { type BurstState, NO_BURSTS, observeBursts, overdispersion, tempered } from './bursts.ts';

/** A replica's look of 20 calls: each bad by itself with `rate`, or all at once in one look of so many. */
function play(looks: number, replicas: number, badOf: (look: number) => number): BurstState {
  let state = NO_BURSTS;
  for (let look = 0; look < looks; look++) {
    state = observeBursts(
      state,
      Array.from({ length: replicas }, () => ({ calls: 20, bad: badOf(look) })),
    );
  }
  return state;
}

test('independent bad calls are no bursts, with one replica or three, often or rarely bad', () => {
  for (const [replicas, rate] of [
    [1, 0.01],
    [3, 0.01],
    [1, 0.2],
    [3, 0.2],
  ] as const) {
    const random = seededRandom(5);
    const drawn = () => Array.from({ length: 20 }, random).filter((each) => each < rate).length;
    expect(overdispersion(play(600, replicas, drawn))).toBeLessThan(1.2);
  }
});

test('bad calls that come ten at a time are', () => {
  const random = seededRandom(6);
  const phi = overdispersion(play(600, 1, () => (random() < 0.02 ? 10 : 0)));
  expect(phi).toBeGreaterThan(4);
});

test('nor are replicas of which one alone fails independent', () => {
  let state = NO_BURSTS;
  for (let look = 0; look < 100; look++) {
    state = observeBursts(state, [
      { calls: 20, bad: 8 },
      { calls: 20, bad: 0 },
    ]);
  }
  expect(overdispersion(state)).toBeGreaterThan(4);
});

test('an incident that begins and ends once, and a slow drift, cost little', () => {
  const random = seededRandom(8);
  const drawn = (rate: number) => Array.from({ length: 20 }, random).filter((each) => each < rate).length;
  expect(overdispersion(play(600, 2, (look) => drawn(look > 200 && look < 400 ? 0.06 : 0.01)))).toBeLessThan(
    1.3,
  );
  expect(overdispersion(play(600, 2, (look) => drawn(0.01 + look / 6_000)))).toBeLessThan(1.3);
});

test('one odd look at the start says little, nothing at all says nothing', () => {
  expect(overdispersion(NO_BURSTS)).toBe(1);
  expect(overdispersion(play(2, 1, (look) => (look === 1 ? 5 : 0)))).toBeLessThan(2);
  expect(observeBursts(NO_BURSTS, [{ calls: 0, bad: 0 }])).toBe(NO_BURSTS);
});

test('tempered evidence never exceeds what it is made of', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.double({ min: 1, max: 20, noNaN: true }),
      (ln, phi) => {
        expect(tempered(ln, phi)).toBeLessThanOrEqual(ln);
      },
    ),
  );
  expect(tempered(6, 2)).toBe(3);
  expect(tempered(Number.NEGATIVE_INFINITY, 2)).toBe(Number.NEGATIVE_INFINITY);
});
