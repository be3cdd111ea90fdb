import type { CustomReading, EvidenceReading } from '../../api/evidence.ts';
import { type SuiteGuardrail, suiteGuardrails } from '../../api/guardrail.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { EvidenceSource } from '../../evidence/source.ts';
import { messageOf } from '../../lib/log.ts';
import type { Source } from '../../store/store.ts';

/** What answers to live calls scored, and of each guardrail that has no score now, why. */
export interface LiveScores {
  readings: EvidenceReading[];
  problems: CustomReading[];
}

/** Where scores are read while nobody was named who scores. */
export const withoutEvaluator: EvidenceSource = {
  async read() {
    throw new Error('no evaluator is configured: start the operator with --evaluator or --evaluator-service');
  },
};

/**
 * What evaluators scored for a rollout's guardrails on suites; nobody is asked where it has none. Never rejects: what cannot
 * be had is a problem of those guardrails, and spoils no other's.
 */
export async function readScores(
  source: Pick<Source, 'get'>,
  scores: EvidenceSource,
  { namespace, uid }: { namespace: string; uid: string },
  { guardrails }: Rollout = {},
): Promise<LiveScores> {
  const onSuites = suiteGuardrails(guardrails);
  if (onSuites.length === 0) return { readings: [], problems: [] };
  const readings = await scores.read([uid]).catch((error: unknown) => messageOf(error));
  const problems = onSuites.flatMap((each) => {
    const problem = suiteProblem(source, namespace, each) ?? scoringProblem(readings, uid, each);
    return problem === undefined ? [] : [{ guardrail: each.name, problem }];
  });
  return { readings: typeof readings === 'string' ? [] : readings, problems };
}

/** Why a suite scores nothing, as far as its spec tells. */
function suiteProblem(
  source: Pick<Source, 'get'>,
  namespace: string,
  { evalSuiteRef: { name }, slice }: SuiteGuardrail,
): string | undefined {
  const suite = source.get('EvalSuite', namespace, name);
  if (suite === undefined) return `EvalSuite ${name} does not exist; create it, or correct evalSuiteRef`;
  if (suite.invalid !== undefined) return `EvalSuite ${name} is not valid: ${suite.invalid}`;
  const { live } = suite.spec;
  if (live === undefined) return `EvalSuite ${name} has no spec.live: it scores no live calls`;
  if (slice === undefined || live.slices?.some((each) => each.name === slice)) return undefined;
  return `EvalSuite ${name} has no slice ${slice} in spec.live.slices`;
}

/** What evaluators say, or that they say nothing. */
function scoringProblem(
  readings: readonly EvidenceReading[] | string,
  uid: string,
  { evalSuiteRef: { name } }: SuiteGuardrail,
): string | undefined {
  if (typeof readings === 'string') return readings;
  const releases = readings.flatMap((each) => each.releases).filter((each) => each.uid === uid);
  return releases.map(({ problems }) => problems?.[name]).find((problem) => problem !== undefined);
}
