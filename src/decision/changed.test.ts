import { caseOf, cellOf } from '../../test/decision/case.ts';
import type { CustomReading, EvidenceCell, EvidenceReading } from '../api/evidence.ts';
import { bucketOf } from '../lib/buckets.ts';
import { judge } from './judge.ts';

/* Guardrails that are changed while a rollout is under way. */

const reading = (cells: EvidenceCell[]): EvidenceReading[] => [
  { replica: 'g', startId: 's', releases: [{ uid: 'u', cells }] },
];

test('calls of earlier steps are none of this one, though the evidence begins anew', () => {
  const calls = (weight: number, stable: number, candidate: number) => [
    cellOf('r-a', { weight, outcomes: { success: stable } }),
    cellOf('r-b', { weight, outcomes: { success: candidate } }),
  ];
  const first = judge(undefined, caseOf({}), reading(calls(5, 950, 500)));
  const second = { step: 1, weight: 25, stepElapsedMs: 1_000 };
  const changed = caseOf({ guardrails: [{ name: 'errors', metric: 'ErrorRate' }] }, second);
  const read = reading([...calls(5, 950, 500), ...calls(25, 3, 1)]);
  expect(judge(first.state, changed, read).judgement.stepCalls).toBe(1);
  // Nor where no gateway could be read in the steps before.
  expect(judge(undefined, changed, read).judgement.stepCalls).toBe(1);
});

test('the first minute stays left out of latency, though the evidence begins anew', () => {
  const latency = (ms: number, calls: number) => ({ latency: { [bucketOf(ms)]: calls } });
  const named = (name: string) => ({ guardrails: [{ name, metric: 'Latency' as const }] });
  const cold = reading([
    cellOf('r-a', { attempt: 1, weight: 0, ...latency(100, 500) }),
    cellOf('r-a', latency(100, 950)),
    cellOf('r-b', latency(1_000, 50)),
  ]);
  const first = judge(undefined, caseOf(named('latency'), { elapsedMs: 30_000 }), cold);
  expect(judge(first.state, caseOf(named('latency')), cold).judgement.rollback).toBeUndefined();
  expect(judge(first.state, caseOf(named('slow')), cold).judgement.rollback).toBeUndefined();
});

test('what another query of the same guardrail had counted is not taken for new', () => {
  const asking = (bad: string) =>
    caseOf({
      guardrails: [
        { name: 'carts', prometheus: { bad: `sum(${bad})`, total: 'sum(carts{revision="$revision"})' } },
      ],
    });
  const at = (candidate: [number, number], stable: [number, number]): CustomReading => {
    const arm = ([bad, total]: [number, number]) => ({ bad: { 'sum-x': bad }, total: { 'sum-y': total } });
    return { guardrail: 'carts', candidate: arm(candidate), stable: arm(stable) };
  };
  const looks: [bad: string, reading: CustomReading][] = [
    ['mistyped{revision="$revision"}', at([0, 0], [0, 900])],
    ['mistyped{revision="$revision"}', at([0, 50], [0, 1_850])],
    // Forty of the candidate's were bad weeks ago, in an earlier rollout.
    ['lost{revision="$revision"}', at([40, 60], [0, 2_040])],
    ['lost{revision="$revision"}', at([40, 110], [0, 2_990])],
  ];
  let known: ReturnType<typeof judge> | undefined;
  for (const [bad, reading] of looks) known = judge(known?.state, asking(bad), [], [reading]);
  expect(known!.judgement.rollback).toBeUndefined();
  expect(known!.judgement.guardrails[0]!.candidate).toMatchObject({ value: '0%' });
});
