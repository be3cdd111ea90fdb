import { deflateRawSync } from 'node:zlib';
import { caseOf, cellOf } from '../../test/decision/case.ts';
import type { EvidenceCell, EvidenceReading } from '../api/evidence.ts';
import { guardrailsOf } from './guardrails.ts';
import { judge } from './judge.ts';
import { pack } from './judge-state.ts';

const SUBJECT = caseOf();

type Outcomes = EvidenceCell['outcomes'];
const cell = (revision: string, outcomes: Outcomes, over: Partial<EvidenceCell> = {}): EvidenceCell =>
  cellOf(revision, { outcomes, ...over });

function reading(cells: EvidenceCell[], over: Partial<EvidenceReading> = {}): EvidenceReading {
  const serving = { attempt: 2, weight: 5, stable: 'r-a', epoch: 1 };
  return { replica: 'gateway-0', startId: 's1', releases: [{ uid: 'u', serving, cells }], ...over };
}

test('a candidate that refuses a fifth of its calls is rolled back, in words', () => {
  const { judgement } = judge(undefined, SUBJECT, [
    reading([cell('r-a', { success: 586, refusal: 4 }), cell('r-b', { success: 24, refusal: 7 })]),
  ]);
  expect(judgement.rollback).toEqual({
    guardrail: 'refusals',
    reason: '7 of 31 refused, stable 4 of 590',
    proof: expect.stringMatching(/^evidence \d{3,}, 113 needed at a risk of 5%$/),
    badCalls: 7,
  });
  expect(judgement.guardrails.find(({ name }) => name === 'refusals')).toMatchObject({
    verdict: 'Fail',
    stable: { calls: 590, value: '0.7%' },
    candidate: { calls: 31, value: '23%' },
  });
});

test('a healthy candidate is not, and what nothing was counted of has no data', () => {
  const { judgement } = judge(undefined, SUBJECT, [
    reading([cell('r-a', { success: 990, upstream_5xx: 10 }), cell('r-b', { success: 50 })]),
  ]);
  expect(judgement.rollback).toBeUndefined();
  expect(judgement.stepCalls).toBe(50);
  expect(judgement.guardrails.find(({ name }) => name === 'schema')?.verdict).toBe('NoData');
});

test('a cancel by the caller and a failure of the gateway are charged to nobody', () => {
  const { judgement } = judge(undefined, SUBJECT, [
    reading([cell('r-a', { success: 900 }), cell('r-b', { client_cancelled: 40, gateway_error: 40 })]),
  ]);
  expect(judgement.rollback).toBeUndefined();
  expect(judgement.stepCalls).toBe(0);
});

test('counts are taken once, however often they are read', () => {
  const cells = [cell('r-a', { success: 95 }), cell('r-b', { success: 4, upstream_5xx: 1 })];
  const once = judge(undefined, SUBJECT, [reading(cells)]);
  const twice = judge(once.state, SUBJECT, [reading(cells)]);
  expect(twice.judgement).toEqual(once.judgement);
});

test('a replica that restarted counts from zero again', () => {
  const first = judge(undefined, SUBJECT, [
    reading([cell('r-a', { success: 95 }), cell('r-b', { success: 5 })]),
  ]);
  const again = judge(first.state, SUBJECT, [
    reading([cell('r-a', { success: 100 }), cell('r-b', { success: 6 })], { startId: 's2' }),
  ]);
  expect(again.judgement.stepCalls).toBe(11);
});

test('replicas add up, and a missing one only makes the next block longer', () => {
  const one = [cell('r-a', { success: 50 }), cell('r-b', { success: 3 })];
  const both = [reading(one), reading(one, { replica: 'gateway-1' })];
  const first = judge(undefined, SUBJECT, both);
  expect(first.judgement.stepCalls).toBe(6);
  const alone = judge(first.state, SUBJECT, [reading(one)]);
  const back = judge(alone.state, SUBJECT, [
    reading(one),
    reading([cell('r-a', { success: 60 }), cell('r-b', { success: 5 })], { replica: 'gateway-1' }),
  ]);
  expect(back.judgement.stepCalls).toBe(8);
});

test('counts of another attempt are no evidence, but tell what stable is like', () => {
  const before = [cell('r-a', { success: 500, upstream_5xx: 500 }, { attempt: 1, weight: 0 })];
  const { judgement } = judge(undefined, SUBJECT, [
    reading([...before, cell('r-b', { upstream_5xx: 900 }, { attempt: 1 })]),
  ]);
  expect(judgement.stepCalls).toBe(0);
  expect(judgement.rollback).toBeUndefined();
});

test('what stable served while the candidate waited for its first call is not compared with it', () => {
  const outage = cell('r-a', { success: 200, upstream_5xx: 800 }, { weight: 0 });
  const { judgement } = judge(undefined, SUBJECT, [
    reading([
      outage,
      cell('r-a', { success: 586, upstream_5xx: 4 }),
      cell('r-b', { success: 24, upstream_5xx: 17 }),
    ]),
  ]);
  expect(judgement.rollback?.reason).toBe('17 of 41 failed, stable 4 of 590');
});

test('goes on from the packed state as if never interrupted', () => {
  let packed: string | undefined;
  let known: ReturnType<typeof judge> | undefined;
  let last: ReturnType<typeof judge> | undefined;
  for (let n = 1; n <= 40; n++) {
    const cells = [
      cell('r-a', { success: 19 * n, upstream_5xx: Math.floor(n / 5) }),
      cell('r-b', { success: n, upstream_5xx: Math.floor(n / 4) }),
    ];
    known = judge(known?.state, SUBJECT, [reading(cells)]);
    last = judge(packed, SUBJECT, [reading(cells)]);
    packed = pack(last.state);
    expect(last.judgement.guardrails[0]!.candidate).toEqual(known.judgement.guardrails[0]!.candidate);
    expect(last.judgement.stepCalls).toBe(known.judgement.stepCalls);
  }
  expect(last?.judgement.rollback?.guardrail).toBe('errors');
  expect(packed?.length).toBeLessThan(1_500);
});

test('a new step begins its own count of calls', () => {
  const cells = [cell('r-a', { success: 95 }), cell('r-b', { success: 5 })];
  const first = judge(undefined, SUBJECT, [reading(cells)]);
  const next = judge(first.state, { ...SUBJECT, step: 1 }, [
    reading([
      ...cells,
      cell('r-a', { success: 30 }, { weight: 25 }),
      cell('r-b', { success: 10 }, { weight: 25 }),
    ]),
  ]);
  expect(next.judgement.stepCalls).toBe(10);
  expect(next.judgement.guardrails[0]?.candidate?.calls).toBe(15);
});

const folded = (json: string) => deflateRawSync(json).toString('base64');

test.each(['', '{', folded('['), folded('[]'), folded('{"v":2}'), folded('{"v":1,"attempt":2}')])(
  'a state that cannot be read (%s) begins anew',
  (packed) => {
    const { judgement } = judge(packed, SUBJECT, [
      reading([cell('r-a', { success: 9 }), cell('r-b', { success: 3 })]),
    ]);
    expect(judgement.stepCalls).toBe(3);
  },
);

test('guardrails act as they say', () => {
  const guardrails = guardrailsOf({
    guardrails: [
      { name: 'errors', metric: 'ErrorRate', action: 'Notify' },
      { name: 'refusals', metric: 'RefusalRate', action: 'Pause' },
    ],
  });
  const { judgement } = judge(undefined, { ...SUBJECT, guardrails }, [
    reading([cell('r-a', { success: 900 }), cell('r-b', { upstream_5xx: 20, refusal: 20 })]),
  ]);
  expect(judgement.rollback).toBeUndefined();
  expect(judgement.notify?.guardrail).toBe('errors');
  expect(judgement.pause?.guardrail).toBe('refusals');
});
