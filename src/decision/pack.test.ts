import fc from 'fast-check';
import type { Block } from './counts.ts';
import { packRate, UnreadableState, unpackRate } from './pack.ts';
import { observeRate, type RateState, restartAtStep, startRate, worseEvidence } from './rate.ts';

const part = fc.double({ min: 0, max: 1, noNaN: true });
const counts = fc.tuple(fc.integer({ min: 0, max: 5_000 }), part).map(([calls, bad]) => ({
  calls,
  bad: Math.floor(calls * bad * bad),
}));
const blocks = fc.array(fc.record({ candidate: counts, stable: counts }), { maxLength: 12 });

const kept = (state: RateState): RateState => unpackRate(JSON.parse(JSON.stringify(packRate(state))));
const sums = ({ worseSums, notWorseSums }: RateState) => [...worseSums.flat(), ...notWorseSums];

function typical(): RateState {
  const block: Block = { candidate: { calls: 13_207, bad: 151 }, stable: { calls: 120_944, bad: 1_201 } };
  let state = startRate({ calls: 71_000, bad: 803 }, { restarts: 4 });
  for (let step = 0; step < 5; step++) {
    if (step > 0) state = restartAtStep(state);
    for (let look = 0; look < 3; look++) state = observeRate(state, block);
    state = observeRate(state, { ...block, stable: { calls: 0, bad: 0 } });
  }
  return state;
}

test('all but the last digits of the evidence is kept, and those are rounded down', () => {
  fc.assert(
    fc.property(blocks, (looks) => {
      const state = looks.reduce(observeRate, restartAtStep(startRate()));
      const back = kept(state);
      expect({ ...back, worseSums: [], notWorseSums: [] }).toEqual({
        ...state,
        worseSums: [],
        notWorseSums: [],
      });
      const before = sums(state);
      sums(back).forEach((sum, at) => {
        expect(sum).toBeLessThanOrEqual(before[at]!);
        expect(sum).toBeGreaterThanOrEqual(before[at]! - Math.max(2e-5, Math.abs(before[at]!) * 2e-5));
      });
    }),
  );
});

test('packing again loses nothing more', () => {
  fc.assert(
    fc.property(blocks, (looks) => {
      const once = kept(looks.reduce(observeRate, startRate()));
      expect(sums(kept(once)).map(String)).toEqual(sums(once).map(String));
    }),
  );
});

test('going on from a packed state is as if there had been no interruption', () => {
  fc.assert(
    fc.property(blocks, blocks, (before, after) => {
      const state = before.reduce(observeRate, startRate());
      const uninterrupted = after.reduce(observeRate, state);
      const interrupted = after.reduce(observeRate, kept(state));
      expect(interrupted.overall).toEqual(uninterrupted.overall);
      const [with_, without] = [worseEvidence(interrupted).all, worseEvidence(uninterrupted).all];
      expect(with_).toBeLessThanOrEqual(without + 1e-9);
      expect(with_).toBeGreaterThanOrEqual(without - 0.02);
    }),
  );
});

test('three guardrails after four restarts take less than 1.5 KB', () => {
  const state = typical();
  expect(state.worseSums).toHaveLength(5);
  expect(JSON.stringify([packRate(state), packRate(state), packRate(state)]).length).toBeLessThan(1_500);
});

describe('what cannot be gone on from is told', () => {
  const good = () => JSON.parse(JSON.stringify(packRate(typical()))) as unknown[];
  const edited = (edit: (packed: unknown[]) => void) => {
    const packed = good();
    edit(packed);
    return packed;
  };

  test('a good one is none of them', () => {
    expect(unpackRate(good()).restarts).toBe(4);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'rate/1'],
    ['an object', {}],
    ['an empty list', []],
    ['another version', edited((packed) => packed.splice(0, 1, 'rate/0'))],
    ['a missing field', edited((packed) => packed.pop())],
    ['an additional field', edited((packed) => packed.push(0))],
    ['evidence that was no number', edited((packed) => packed.splice(8, 1, [null, 0, 0]))],
    ['evidence for another set of alternatives', edited((packed) => packed.splice(8, 1, [0, 0]))],
    ['more restarts than planned', edited((packed) => packed.splice(3, 1, 3))],
    ['a guess of 0', edited((packed) => packed.splice(1, 1, [200, 0]))],
    [
      'more bad than served',
      edited((packed) =>
        packed.splice(6, 1, [
          [1, 2],
          [9, 0],
        ]),
      ),
    ],
    [
      'more in the step than overall',
      edited((packed) =>
        packed.splice(6, 1, [
          [1, 0],
          [9, 0],
        ]),
      ),
    ],
    [
      'negative counts',
      edited((packed) =>
        packed.splice(4, 1, [
          [-1, 0],
          [0, 0],
        ]),
      ),
    ],
  ])('%s', (_, packed) => {
    expect(() => unpackRate(packed)).toThrow(UnreadableState);
  });
});
