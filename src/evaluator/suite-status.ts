import { type ConditionNow, mergeConditions } from '../api/conditions.ts';
import type { EvalRun, EvalSuiteStatus } from '../api/eval-suite.ts';
import type { Resource } from '../api/resource.ts';
import { DRIFT_CONDITIONS } from './drift-conditions.ts';
import { cut } from './kept-run.ts';

/** How a suite stands. */
export type SuiteState =
  | { reason: 'Idle' | 'Running' | 'Waiting'; message: string }
  | { reason: 'InvalidSpec' | 'InvalidCases'; message: string; stalled: true };

/** The status of a suite that stands so, with these runs. What scheduled runs say in it stays. */
export function suiteStatus(
  { metadata, status }: Resource<'EvalSuite'>,
  state: SuiteState,
  runs: readonly EvalRun[],
  now: Date,
): EvalSuiteStatus {
  const { reason, message } = state;
  const stalled = 'stalled' in state;
  const running = reason === 'Running';
  const next: ConditionNow[] = [
    { type: 'Ready', status: stalled || running ? 'False' : 'True', reason, message },
    { type: 'Reconciling', status: running ? 'True' : 'False', reason, message: running ? message : '' },
    { type: 'Stalled', status: stalled ? 'True' : 'False', reason, message: stalled ? message : '' },
  ];
  const { conditions = [] } = status;
  const ofSchedules = conditions.filter(({ type }) => DRIFT_CONDITIONS.includes(type));
  return {
    ...status,
    observedGeneration: metadata.generation,
    message: cut(message),
    ...(runs.length > 0 && { runs: [...runs] }),
    conditions: [...mergeConditions(conditions, next, metadata.generation, now), ...ofSchedules],
  };
}
