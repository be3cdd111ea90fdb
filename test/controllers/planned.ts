import type { Judgement } from '../../src/api/judgement.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import type { Plan, PlanInput } from '../../src/rollout/pass.ts';
import { plan } from '../../src/rollout/plan.ts';
import { settingsOf } from '../../src/rollout/settings.ts';

export const STEPS = [
  { weight: 5, minDuration: '10s', minCalls: 5 },
  { weight: 50, minDuration: '10s', minCalls: 5 },
];

export function judgement(over: Partial<Judgement> = {}): { judgement: Judgement } {
  return { judgement: { guardrails: [], proven: false, stepCalls: 100, ...over } };
}

/** A release whose passes are made one after the other; what a test does not say stays as it was. */
export function release(over: Partial<PlanInput> = {}) {
  let ms = 0;
  let input: PlanInput = {
    now: new Date(0),
    sinceLastMs: 0,
    generation: 1,
    settings: settingsOf({ steps: STEPS }),
    wanted: { revision: 'r-a' },
    verbs: {},
    kept: new Set(['r-a', 'r-b', 'r-c']),
    status: {},
    rollbackMode: 'Pin',
    undo: (revision) => `undo ${revision}`,
    ...over,
  };
  const pass = (change: Partial<PlanInput> = {}, sinceLastMs = 1000): Plan => {
    ms += sinceLastMs;
    input = { ...input, verbs: {}, ...change, sinceLastMs, now: new Date(ms) };
    const planned = plan(input);
    input = { ...input, status: planned.status };
    return planned;
  };
  return { pass, status: (): ReleaseStatus => input.status };
}

/** A release with `r-a` stable and `r-b` in its first step. */
export function underWay(over: Partial<PlanInput> = {}) {
  const it = release(over);
  it.pass();
  it.pass({ wanted: { revision: 'r-b' }, generation: 2 });
  return it;
}

export const weights = (status: ReleaseStatus) =>
  status.traffic?.map(({ revision, weight }) => `${revision} ${weight}`);
export const condition = (status: ReleaseStatus, type: string) => {
  const found = status.conditions?.find((each) => each.type === type);
  return found && `${found.status} ${found.reason}`;
};
