import type { CustomReading } from '../api/evidence.ts';
import type { Rollout } from '../api/rollout.ts';
import type { Case } from './case.ts';
import { guardrailsOf, riskOf } from './guardrails.ts';
import { judge } from './judge.ts';

/* Guardrails that are changed while a rollout is under way. */

const subject = (rollout: Rollout, over: Partial<Case> = {}): Case => ({
  uid: 'u',
  attempt: 2,
  stable: 'r-a',
  candidate: 'r-b',
  step: 0,
  weight: 5,
  restarts: 2,
  guardrails: guardrailsOf(rollout),
  risk: riskOf(rollout),
  elapsedMs: 120_000,
  stepElapsedMs: 120_000,
  ...over,
});

test('what another query of the same guardrail had counted is not taken for new', () => {
  const asking = (bad: string) =>
    subject({
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
