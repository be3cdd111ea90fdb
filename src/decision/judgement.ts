import type { Finding, Judgement } from '../api/judgement.ts';
import type { GuardrailStatus } from '../api/status.ts';
import type { Case, GuardrailAction, JudgedGuardrail } from './case.ts';
import { decide } from './decide.ts';
import { differenceIn } from './difference.ts';
import { formatFigure, formatValue } from './figures.ts';
import { type GuardrailState, readGuardrail } from './guardrail-state.ts';
import type { State } from './judge-state.ts';
import type { GuardrailVerdict, Sample } from './verdict.ts';
import { missingWords, proofOf, reasonOf } from './words.ts';

/** What is to be said and done by all that has been observed: guardrails of one action are decided together. Pure. */
export function judgementOf(
  { guardrails: known, stepCalls }: Pick<State, 'guardrails' | 'stepCalls'>,
  subject: Case,
): Judgement {
  const { guardrails, risk } = subject;
  const verdicts = new Map<string, GuardrailVerdict>();
  const findings: Partial<Record<GuardrailAction, Finding>> = {};
  let proven = true;
  for (const action of ['Rollback', 'Pause', 'Notify'] as const) {
    const group = guardrails.flatMap((each, at) =>
      each.action === action ? [readGuardrail(each, known[at]!)] : [],
    );
    if (group.length === 0) continue;
    const decision = decide(group, risk);
    for (const verdict of decision.guardrails) verdicts.set(verdict.name, verdict);
    if (action !== 'Notify') proven &&= isProven(decision.guardrails, guardrails);
    if (decision.verdict === 'Fail' && decision.blame !== undefined) {
      const guardrail = guardrails.find(({ name }) => name === decision.blame)!;
      findings[action] = findingOf(guardrail, verdicts.get(decision.blame)!, risk);
    }
  }
  const acting = guardrails.filter(({ action }) => action !== 'Notify');
  const hold = acting.find(({ name }) => verdicts.get(name)!.hold);
  const blind = acting.find(({ name, asked }) => asked && verdicts.get(name)!.verdict === 'NoData');
  const { stepElapsedMs } = subject;
  const perSecond = (calls: number) => (stepElapsedMs > 0 ? (calls / stepElapsedMs) * 1_000 : undefined);
  return {
    guardrails: guardrails.map((each, at) =>
      statusOf(
        each,
        verdicts.get(each.name)!,
        known[at]!,
        subject,
        perSecond(countedIn(known[at]!) ?? stepCalls),
      ),
    ),
    ...(findings.Rollback && { rollback: findings.Rollback }),
    ...(findings.Pause && { pause: findings.Pause }),
    ...(findings.Notify && { notify: findings.Notify }),
    ...(hold && { hold: hold.name }),
    ...(blind && { blind: blind.name }),
    proven,
    stepCalls,
  };
}

/** Whether all that there is to watch is shown not to be worse: a default guardrail that neither revision has data for is none of it. */
function isProven(verdicts: readonly GuardrailVerdict[], guardrails: readonly JudgedGuardrail[]): boolean {
  const asked = new Set(guardrails.filter((each) => each.asked).map(({ name }) => name));
  const watched = verdicts.filter(
    ({ name, candidate, stable }) => asked.has(name) || candidate.calls > 0 || stable.calls > 0,
  );
  return watched.length > 0 && watched.every(({ verdict }) => verdict === 'Pass');
}

/** Calls of the candidate that count in this step where not every call does: scores are of samples. */
function countedIn(known: GuardrailState): number | undefined {
  return known.method === 'score' ? known.state.step.candidate.calls : undefined;
}

function findingOf(guardrail: JudgedGuardrail, verdict: GuardrailVerdict, risk: number): Finding {
  const { name } = guardrail;
  const { bad } = verdict.candidate;
  return {
    guardrail: name,
    reason: reasonOf(guardrail, verdict),
    proof: proofOf(verdict, risk),
    ...(bad !== undefined && { badCalls: bad }),
  };
}

function statusOf(
  guardrail: JudgedGuardrail,
  verdict: GuardrailVerdict,
  known: GuardrailState,
  { differences }: Case,
  callsPerSecond: number | undefined,
): GuardrailStatus {
  const { name, candidate, stable, callsMissing } = verdict;
  const sample = ({ calls, value }: Sample) => ({
    calls,
    ...(value !== undefined && { value: formatValue(guardrail, value) }),
  });
  const difference = differences ? differenceIn(known) : undefined;
  const message =
    known.problem ?? (callsMissing === undefined ? undefined : missingWords(callsMissing, callsPerSecond));
  return {
    name,
    verdict: verdict.verdict,
    evidence: formatFigure(verdict.evidence),
    threshold: formatFigure(verdict.threshold),
    notWorse: verdict.notWorse,
    stable: sample(stable),
    candidate: sample(candidate),
    ...(difference && { difference }),
    ...(message !== undefined && { message: message.slice(0, 1_000) }),
  };
}
