import fc from 'fast-check';
import type { EvidenceCell, EvidenceReading } from '../api/evidence.ts';
import { absorb, EMPTY_LEDGER, keptOf, type Ledger, type Pair, type Served } from './ledger.ts';
import { chargedCalls } from './measured.ts';

const PAIR: Pair = { uid: 'u', attempt: 2, stable: 'r-a', candidate: 'r-b' };

function cell(revision: string, success: number, weight = 5, over: Partial<EvidenceCell> = {}): EvidenceCell {
  return { attempt: 2, weight, revision, outcomes: { success }, schemaChecked: 0, ...over };
}

function reading(replica: string, cells: EvidenceCell[], startId = 's1'): EvidenceReading {
  const serving = { attempt: 2, weight: 5, stable: 'r-a', epoch: 1 };
  return { replica, startId, releases: [{ uid: 'u', serving, cells }] };
}

const calls = (served: Served[]) =>
  served.map(({ weight, candidate, stable }) => [weight, chargedCalls(candidate), chargedCalls(stable)]);

const kept = (ledger: Ledger, weight = 5): Ledger => ({
  replicas: {},
  present: [],
  kept: JSON.parse(JSON.stringify(keptOf(ledger, weight))),
});

describe('values', () => {
  const at = (latency: Record<string, number>) => [
    reading('a', [cell('r-b', 3, 5, { latency, scores: { 2: 1 }, thumbs: { given: 2, down: 1 } })]),
  ];

  test('grow by bucket, and what has not grown is not said again', () => {
    const first = absorb(EMPTY_LEDGER, at({ 80: 2 }), PAIR);
    expect(first.served[0]!.candidate.values).toEqual({ latency: { 80: 2 }, scores: { 2: 1 } });
    const next = absorb(first.ledger, at({ 80: 2, 90: 4 }), PAIR);
    expect(next.served[0]!.candidate.values).toEqual({ latency: { 90: 4 } });
    expect(absorb(next.ledger, at({ 80: 2, 90: 4 }), PAIR).served).toEqual([]);
  });

  test('that fall under one start are taken for a start of its own', () => {
    const first = absorb(EMPTY_LEDGER, at({ 80: 2 }), PAIR);
    const next = absorb(first.ledger, at({ 80: 1 }), PAIR);
    expect(next.served[0]!.candidate.values.latency).toEqual({ 80: 1 });
  });
});

test("each replica's part of stable is told apart", () => {
  const { served } = absorb(
    EMPTY_LEDGER,
    [reading('a', [cell('r-a', 7)]), reading('b', [cell('r-a', 4), cell('r-b', 1)])],
    PAIR,
  );
  expect(served[0]!.stableByReplica.map(([charged]) => charged)).toEqual([7, 4]);
});

test('two that have one name count apart: the gateway and the evaluator of one machine may', () => {
  const now = [
    reading('host', [cell('r-a', 50), cell('r-b', 5)], 'gateway'),
    reading('host', [cell('r-b', 0, 5, { suites: { s: { 0: 2 } } })], 'evaluator'),
  ];
  const first = absorb(EMPTY_LEDGER, now, PAIR);
  expect(calls(first.served)).toEqual([[5, 5, 50]]);
  expect(absorb(first.ledger, now, PAIR).served).toEqual([]);
  expect(absorb(kept(first.ledger), now, PAIR).served).toEqual([]);
});

describe('over a restart of the controller', () => {
  const before = absorb(
    EMPTY_LEDGER,
    [reading('a', [cell('r-a', 50), cell('r-b', 5)]), reading('b', [cell('r-a', 30), cell('r-b', 2)])],
    PAIR,
  ).ledger;

  test('what was served meanwhile counts, and nothing counts twice', () => {
    const now = [
      reading('a', [cell('r-a', 60), cell('r-b', 6)]),
      reading('b', [cell('r-a', 33), cell('r-b', 2)]),
    ];
    const first = absorb(kept(before), now, PAIR);
    expect(calls(first.served)).toEqual([[5, 1, 13]]);
    expect(first.ledger.kept).toBeUndefined();
    expect(absorb(first.ledger, now, PAIR).served).toEqual([]);
  });

  test('a replica that is new counts whole', () => {
    const now = [
      reading('a', [cell('r-a', 50), cell('r-b', 5)]),
      reading('b', [cell('r-a', 30), cell('r-b', 2)]),
      reading('c', [cell('r-a', 9), cell('r-b', 1)]),
    ];
    expect(calls(absorb(kept(before), now, PAIR).served)).toEqual([[5, 1, 9]]);
  });

  test('a replica that started again meanwhile counts whole; what the others served meanwhile is left out', () => {
    const now = [
      reading('a', [cell('r-a', 90), cell('r-b', 9)]),
      reading('b', [cell('r-a', 4), cell('r-b', 1)], 's2'),
    ];
    const first = absorb(kept(before), now, PAIR);
    expect(calls(first.served)).toEqual([[5, 1, 4]]);
    const next = absorb(first.ledger, [reading('a', [cell('r-a', 91), cell('r-b', 9)]), now[1]!], PAIR);
    expect(calls(next.served)).toEqual([[5, 0, 1]]);
  });

  test('a replica that had gone before and comes back is not taken for a new one', () => {
    const gone = absorb(before, [reading('a', [cell('r-a', 55), cell('r-b', 5)])], PAIR).ledger;
    const now = [
      reading('a', [cell('r-a', 56), cell('r-b', 5)]),
      reading('b', [cell('r-a', 40), cell('r-b', 4)]),
    ];
    const first = absorb(kept(gone), now, PAIR);
    expect(calls(first.served)).toEqual([[5, 0, 1]]);
  });

  test('of many weights the one in force is kept, the others go on from what they are', () => {
    const weights = [5, 25, 50, 75];
    const at = (more: number) => [
      reading(
        'a',
        weights.map((weight) => cell('r-b', weight + more, weight)),
      ),
    ];
    const ledger = absorb(EMPTY_LEDGER, at(0), PAIR).ledger;
    const first = absorb(kept(ledger, 5), at(1), PAIR);
    expect(calls(first.served)).toEqual([[5, 1, 0]]);
    expect(calls(absorb(first.ledger, at(2), PAIR).served)).toEqual(weights.map((weight) => [weight, 1, 0]));
  });

  test('a weight that nothing had been counted at yet counts whole', () => {
    const now = [
      reading('a', [cell('r-a', 50), cell('r-b', 5), cell('r-b', 3, 25)]),
      reading('b', [cell('r-a', 30), cell('r-b', 2)]),
    ];
    expect(calls(absorb(kept(before), now, PAIR).served)).toEqual([[25, 3, 0]]);
  });

  test('wherever it falls, the sum of what counts is the same as long as the replicas stay', () => {
    const looks = fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(looks, (growth) => {
        let [ledger, a, b, counted] = [EMPTY_LEDGER, 0, 0, 0];
        for (const [moreA, moreB, restart] of growth) {
          [a, b] = [a + moreA, b + moreB];
          if (restart && ledger.present.length > 0) ledger = kept(ledger);
          const look = absorb(ledger, [reading('a', [cell('r-b', a)]), reading('b', [cell('r-b', b)])], PAIR);
          ledger = look.ledger;
          counted += look.served.reduce((sum, { candidate }) => sum + chargedCalls(candidate), 0);
        }
        expect(counted).toBe(a + b);
      }),
    );
  });
});

test('replicas that have gone for good are forgotten in the end', () => {
  let ledger = EMPTY_LEDGER;
  for (let pod = 0; pod < 300; pod++)
    ledger = absorb(ledger, [reading(`pod-${pod}`, [cell('r-a', 1)])], PAIR).ledger;
  expect(Object.keys(ledger.replicas)).toHaveLength(65);
  expect(keptOf(ledger, 5).members).toHaveLength(1);
});
