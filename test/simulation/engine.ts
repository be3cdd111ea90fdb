import { type Buckets, type EvidenceCell, type Outcome, SCORE_STEPS } from '../../src/api/evidence.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { guardrailsOf, riskOf } from '../../src/decision/guardrails.ts';
import { judge } from '../../src/decision/judge.ts';
import { bucketOf } from '../../src/lib/buckets.ts';
import type { Rule } from './rollout.ts';
import type { Each, Measured, Pair } from './traffic.ts';

// The one place where simulations touch the decision engine: they go in by its only door, as the controllers do.

const UID = 'simulated';
const ATTEMPT = 1;
/** `minCalls` of a step whose spec says nothing else. */
const LEAST_CALLS_PER_STEP = 100;

/** Sluice, with the guardrails and the risk of a rollout; one gateway counts, and there is no schedule but the replay's. */
export function sluice(name: string, rollout: Rollout): Rule {
  const guardrails = guardrailsOf(rollout);
  const risk = riskOf(rollout);
  return {
    name,
    watch(before, steps) {
      const cells = new Map<string, EvidenceCell>();
      const caseAt = (step: number, weight: number, elapsedMs: number, stepElapsedMs: number) => ({
        uid: UID,
        attempt: ATTEMPT,
        stable: 'stable',
        candidate: 'candidate',
        restarts: steps - 1,
        guardrails,
        risk,
        step,
        weight,
        elapsedMs,
        stepElapsedMs,
      });
      count(cells, before, ATTEMPT - 1, 0);
      let { state } = judge(undefined, caseAt(0, 0, 0, 0), readingOf(cells));
      let step = 0;
      let evidence = 1;
      return {
        look(served, { second, stepSecond, weight }) {
          count(cells, served, ATTEMPT, weight);
          const subject = caseAt(step, weight, second * 1_000, stepSecond * 1_000);
          const judged = judge(state, subject, readingOf(cells));
          state = judged.state;
          const { rollback, hold, stepCalls } = judged.judgement;
          evidence = Number(judged.judgement.guardrails[0]?.evidence ?? 1);
          if (rollback !== undefined) return 'RollBack';
          return hold !== undefined || stepCalls < LEAST_CALLS_PER_STEP ? 'Hold' : 'Go';
        },
        nextStep() {
          step++;
        },
        figure: () => evidence,
      };
    },
  };
}

function readingOf(cells: ReadonlyMap<string, EvidenceCell>) {
  const serving = { attempt: ATTEMPT, weight: 0, stable: 'stable', epoch: 0 };
  const releases = [{ uid: UID, serving, cells: [...cells.values()] }];
  return [{ replica: 'gateway', startId: 'start', releases }];
}

/** Adds to what a gateway has counted, as a gateway does. */
function count(cells: Map<string, EvidenceCell>, pairs: Each<Pair>, attempt: number, weight: number): void {
  for (const revision of ['candidate', 'stable'] as const) {
    const key = `${revision} ${attempt} ${weight}`;
    const cell = cells.get(key) ?? { attempt, weight, revision, outcomes: {}, schemaChecked: 0 };
    cells.set(key, cell);
    const bad = (metric: Pair['metric']) => of(pairs, metric, revision)?.sum ?? 0;
    const [failed, refused, broken] = [bad('ErrorRate'), bad('RefusalRate'), bad('SchemaFailureRate')];
    add(cell.outcomes, 'upstream_5xx', failed);
    add(cell.outcomes, 'refusal', refused);
    add(cell.outcomes, 'schema_invalid', broken);
    add(cell.outcomes, 'success', pairs[0][revision].served - failed - refused - broken);
    cell.schemaChecked += of(pairs, 'SchemaFailureRate', revision)?.calls ?? 0;
    const values = (metric: Pair['metric']) => of(pairs, metric, revision)?.values ?? [];
    cell.scores = counted(cell.scores, values('EvalScore'), (badness) => Math.round(badness * SCORE_STEPS));
    cell.latency = counted(cell.latency, values('Latency'), bucketOf);
    cell.firstToken = counted(cell.firstToken, values('FirstTokenLatency'), bucketOf);
    cell.cost = counted(cell.cost, values('CostPerCall'), bucketOf);
    cell.outputTokens = counted(cell.outputTokens, values('OutputTokens'), bucketOf);
  }
}

function of(
  pairs: Each<Pair>,
  wanted: Pair['metric'],
  revision: 'candidate' | 'stable',
): Measured | undefined {
  return pairs.find(({ metric }) => metric === wanted)?.[revision];
}

function add(outcomes: EvidenceCell['outcomes'], outcome: Outcome, more: number): void {
  if (more > 0) outcomes[outcome] = (outcomes[outcome] ?? 0) + more;
}

/** A copy with the new values in it: the engine keeps what it was told before. */
function counted(
  before: Buckets = {},
  values: readonly number[],
  bucket: (value: number) => number,
): Buckets {
  if (values.length === 0) return before;
  const buckets = { ...before };
  for (const value of values) buckets[bucket(value)] = (buckets[bucket(value)] ?? 0) + 1;
  return buckets;
}
