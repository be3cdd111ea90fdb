import fc from 'fast-check';
import { replicasOf } from '../../test/simulation/replicas.ts';
import { METRICS } from '../api/guardrail.ts';
import { fold, unfold } from '../lib/folded.ts';
import { seededRandom } from '../lib/random.ts';
import type { Case } from './case.ts';
import { guardrailsOf, riskOf } from './guardrails.ts';
import { judge } from './judge.ts';
import { pack, type State, unpack } from './judge-state.ts';
import { logMeanExp } from './mixture.ts';

const EVERYTHING = guardrailsOf({
  guardrails: METRICS.map((metric) => ({ name: `on-${metric.toLowerCase()}`, metric })),
});
const SUBJECT: Case = {
  uid: 'c0ffee00-1111-2222-3333-444444444444',
  attempt: 4,
  stable: 'triage-6f1c2a9b04',
  candidate: 'triage-b8e07d2c51',
  step: 0,
  weight: 5,
  restarts: 3,
  guardrails: EVERYTHING,
  risk: riskOf(),
  elapsedMs: 600_000,
  stepElapsedMs: 300_000,
};
const WEIGHTS = [5, 25, 50, 95];

/** A whole rollout over two replicas; `then` sees the state after each look. */
function rollOut(looksPerStep: number, then: (state: State, at: number) => State = (state) => state): State {
  const { stable, candidate, attempt } = SUBJECT;
  const replicas = replicasOf(SUBJECT.uid, ['gateway-0', 'gateway-1'], seededRandom(11));
  replicas.serve({ revision: stable, attempt: attempt - 1, weight: 0 }, 1_000);
  let state = judge(undefined, SUBJECT, replicas.readings()).state;
  WEIGHTS.forEach((weight, step) => {
    for (let look = 0; look < looksPerStep; look++) {
      replicas.serve({ revision: candidate, attempt, weight }, Math.round(weight / 2));
      replicas.serve({ revision: stable, attempt, weight }, Math.round((100 - weight) / 2));
      const { state: next } = judge(state, { ...SUBJECT, step, weight }, replicas.readings());
      state = then(next, step * looksPerStep + look);
    }
  });
  return state;
}

test('with every guardrail that there is, two replicas and all steps begun, a state takes less than 4 KB', () => {
  const state = rollOut(60);
  expect(state.guardrails).toHaveLength(METRICS.length);
  expect(pack(state).length).toBeLessThan(4_096);
});

function rounded(value: unknown): unknown {
  const digits = (_: string, each: unknown) =>
    typeof each === 'number' ? Number(each.toPrecision(6)) : each;
  return JSON.parse(JSON.stringify(value, digits));
}

test('going on from what is kept is as if there had been no restart, wherever it falls', () => {
  const uninterrupted = rollOut(6);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(23), { maxLength: 4 }), (restarts) => {
      const state = rollOut(6, (now, at) =>
        restarts.includes(at) ? unpack(pack(now), now.signature)! : now,
      );
      state.guardrails.forEach((known, at) => {
        const whole = uninterrupted.guardrails[at]!;
        expect(rounded(known.state.step)).toEqual(rounded(whole.state.step));
        // What all bets have come to together: one that has lost nearly all of its stake may be given up.
        known.state.worseSums.forEach((sums, restart) => {
          const [now, without] = [sums, whole.state.worseSums[restart]!].map(logMeanExp);
          if (without! < -15) {
            expect(now).toBeLessThan(-10);
            return;
          }
          // Guesses are rounded too, so a little more may come of it as well.
          expect(now! - without!).toBeLessThan(0.01 + Math.abs(without!) * 1e-3);
          expect(without! - now!).toBeLessThan(0.5);
        });
      });
      expect(state.stepCalls).toBe(uninterrupted.stepCalls);
    }),
    { numRuns: 5 },
  );
});

test('the order in which replicas and cells are read changes nothing', () => {
  const { stable, candidate, attempt } = SUBJECT;
  const replicas = replicasOf(SUBJECT.uid, ['gateway-0', 'gateway-1', 'gateway-2'], seededRandom(3));
  let [there, back] = [EVERYTHING, EVERYTHING].map(() => judge(undefined, SUBJECT, replicas.readings()));
  for (let look = 0; look < 20; look++) {
    replicas.serve({ revision: candidate, attempt, weight: 5 }, 2);
    replicas.serve({ revision: stable, attempt, weight: 5 }, 18);
    const readings = replicas.readings();
    const reversed = structuredClone(readings).toReversed();
    for (const { releases } of reversed) for (const { cells } of releases) cells.reverse();
    there = judge(there!.state, SUBJECT, readings);
    back = judge(back!.state, SUBJECT, reversed);
    expect(back.judgement).toEqual(there.judgement);
  }
});

test('evidence is rounded down, never up', () => {
  const state = rollOut(4);
  const back = unpack(pack(state), state.signature)!;
  state.guardrails.forEach(({ state: { worseSums, notWorseSums } }, at) => {
    const kept = back.guardrails[at]!.state;
    [...worseSums.flat(), ...notWorseSums].forEach((sum, bet) => {
      const keptSum = [...kept.worseSums.flat(), ...kept.notWorseSums][bet]!;
      expect(keptSum).toBeLessThanOrEqual(sum);
      expect(keptSum).toBeGreaterThan(sum < -25 ? sum - 2_000 : sum - 0.0201);
    });
  });
});

describe('what cannot be gone on from is told', () => {
  const { signature, ...begun } = rollOut(1);
  const good = unfold(pack({ signature, ...begun })) as { guardrails: { state: Record<string, unknown> }[] };
  const edited = (edit: (packed: typeof good) => void) => {
    const copy = structuredClone(good);
    edit(copy);
    return fold(copy);
  };
  const state = (packed: typeof good) => packed.guardrails[0]!.state;

  test('a good one is none of them', () => {
    expect(unpack(fold(good), signature)).toBeDefined();
    expect(unpack(fold(good), `${signature}, and one more`)).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['no base64', '~~~'],
    ['no deflated JSON', Buffer.from('{').toString('base64')],
    ['a list', fold([])],
    ['what unfolds to more than a megabyte', fold('x'.repeat(2_000_000))],
    ['another version', edited((packed) => Object.assign(packed, { v: 1 }))],
    ['an additional field', edited((packed) => Object.assign(packed, { more: 1 }))],
    [
      'evidence that is no number',
      edited((packed) => Object.assign(state(packed), { notWorseSums: [null, 0, 0] })),
    ],
    [
      'evidence for another set of bets',
      edited((packed) => Object.assign(state(packed), { worseSums: [[0, 0]] })),
    ],
    ['more restarts than planned', edited((packed) => Object.assign(state(packed), { restarts: -1 }))],
    ['a guess of 0', edited((packed) => Object.assign(state(packed), { prior: { calls: 200, bad: 0 } }))],
    [
      'more bad than served',
      edited((packed) => Object.assign(state(packed), { judged: { calls: 1, bad: 2 } })),
    ],
  ])('%s', (_, packed) => {
    expect(unpack(packed, signature)).toBeUndefined();
  });
});
