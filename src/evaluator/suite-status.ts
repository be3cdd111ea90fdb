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

/** What tries that cost as much and end alike wait for. */
const LIMIT_REACHED = 'asks again once limits.maxUSD is higher, or the release is retried';

/**
 * How a suite stands that asks nothing now, while `waiting` releases wait for what it could not tell; `limitReached`: since it may
 * cost no more.
 */
export function restOf(
  waiting: number,
  { runs = [], message: last }: EvalSuiteStatus,
  limitReached = false,
): SuiteState {
  const [newest] = runs;
  // What a scheduled run came to has been said by whoever made it.
  if (waiting === 0 && newest?.purpose === 'Schedule') return { reason: 'Idle', message: last ?? '' };
  const gate = runs.find(({ purpose }) => purpose === 'Gate');
  if (gate === undefined) return { reason: 'Idle', message: 'nobody waits for it' };
  const { kind, name, verdict, message } = gate;
  const said = `${kind} ${name}: ${verdict}: ${message}`;
  return waiting > 0
    ? { reason: 'Waiting', message: `${limitReached ? LIMIT_REACHED : 'will ask again'}; ${said}` }
    : { reason: 'Idle', message: said };
}
