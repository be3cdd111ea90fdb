import type { EvidenceReading } from '../api/evidence.ts';
import type { Finding, Judgement } from '../api/judgement.ts';
import type { RateMetric } from '../api/rollout.ts';
import type { GuardrailStatus } from '../api/status.ts';
import { formatPercent } from '../lib/percent.ts';
import type { Case, GuardrailAction, JudgedGuardrail } from './case.ts';
import { decide } from './decide.ts';
import { pack, type State, unpack } from './judge-state.ts';
import { absorb, blockOf, chargedCalls, servedBefore } from './ledger.ts';
import { cutBlock, observeRate, type RateState, restartAtStep, startRate } from './rate.ts';
import type { GuardrailVerdict } from './verdict.ts';

/**
 * Judges a candidate by what was read since the last time. `packed` is what the last call gave, as kept in
 * `status.evidence`; one that cannot be read, or is of another attempt, begins the evidence anew. Pure.
 */
export function judge(
  packed: string | undefined,
  subject: Case,
  readings: readonly EvidenceReading[],
): { packed: string; judgement: Judgement } {
  const state = observe(resume(packed, subject, readings), subject, readings);
  return { packed: pack(state, subject), judgement: judgementOf(state, subject) };
}

function resume(packed: string | undefined, subject: Case, readings: readonly EvidenceReading[]): State {
  const kept = packed === undefined ? undefined : unpack(packed, subject);
  if (kept === undefined || kept.step > subject.step) return begin(subject, readings);
  let state = kept;
  while (state.step < subject.step) {
    state = { ...state, step: state.step + 1, stepCalls: 0, rates: mapRates(state.rates, restartAtStep) };
  }
  return state;
}

function begin(subject: Case, readings: readonly EvidenceReading[]): State {
  const rates = subject.guardrails.map(({ name, metric, notWorse }): [string, RateState] => [
    name,
    startRate(servedBefore(metric, readings, subject), { restarts: subject.restarts, notWorse }),
  ]);
  return {
    attempt: subject.attempt,
    step: subject.step,
    weight: 0,
    stepCalls: 0,
    ledger: {},
    rates: new Map(rates),
  };
}

function observe(state: State, subject: Case, readings: readonly EvidenceReading[]): State {
  const { ledger, served } = absorb(state.ledger, readings, subject);
  let { weight, stepCalls } = state;
  let rates = state.rates;
  for (const each of served) {
    if (each.weight !== weight) rates = mapRates(rates, cutBlock);
    weight = each.weight;
    stepCalls += chargedCalls(each);
    rates = new Map(
      subject.guardrails.map(({ name, metric }) => [
        name,
        observeRate(rates.get(name)!, blockOf(metric, each)),
      ]),
    );
  }
  return { ...state, ledger, weight, stepCalls, rates };
}

function judgementOf({ rates, stepCalls }: State, { guardrails, risk }: Case): Judgement {
  const verdicts = new Map<string, GuardrailVerdict>();
  const findings: Partial<Record<GuardrailAction, Finding>> = {};
  let proven = true;
  for (const action of ['Rollback', 'Pause', 'Notify'] as const) {
    const group = guardrails.filter((each) => each.action === action);
    if (group.length === 0) continue;
    const decision = decide(
      group.map((guardrail) => ({ guardrail, state: rates.get(guardrail.name)! })),
      risk,
    );
    for (const verdict of decision.guardrails) verdicts.set(verdict.name, verdict);
    if (action !== 'Notify') proven &&= decision.verdict === 'Pass';
    if (decision.verdict === 'Fail' && decision.blame !== undefined) {
      findings[action] = findingOf(
        group.find(({ name }) => name === decision.blame)!,
        verdicts.get(decision.blame)!,
      );
    }
  }
  const ordered = guardrails.map(({ name }) => verdicts.get(name)!);
  const hold = guardrails.find(({ name, action }) => action !== 'Notify' && verdicts.get(name)!.hold);
  return {
    guardrails: ordered.map(statusOf),
    ...(findings.Rollback && { rollback: findings.Rollback }),
    ...(findings.Pause && { pause: findings.Pause }),
    ...(findings.Notify && { notify: findings.Notify }),
    ...(hold && { hold: hold.name }),
    proven,
    stepCalls,
  };
}

const BAD_WORDS: Record<RateMetric, string> = {
  ErrorRate: 'failed',
  RefusalRate: 'refused',
  SchemaFailureRate: 'broke the schema',
  TruncationRate: 'were cut short',
};

function findingOf({ name, metric }: JudgedGuardrail, { candidate, stable }: GuardrailVerdict): Finding {
  const reason = `${candidate.bad} of ${candidate.calls} ${BAD_WORDS[metric]}, stable ${stable.bad} of ${stable.calls}`;
  return { guardrail: name, reason, badCalls: candidate.bad };
}

function statusOf(verdict: GuardrailVerdict): GuardrailStatus {
  const { name, candidate, stable, callsMissing } = verdict;
  const sample = ({ calls, rate }: { calls: number; rate: number | undefined }) => ({
    calls,
    ...(rate !== undefined && { value: formatPercent(rate) }),
  });
  return {
    name,
    verdict: verdict.verdict,
    evidence: figure(verdict.evidence),
    threshold: figure(verdict.threshold),
    notWorse: verdict.notWorse,
    stable: sample(stable),
    candidate: sample(candidate),
    ...(callsMissing !== undefined && {
      message: `about ${figure(callsMissing)} more calls to show it is not worse`,
    }),
  };
}

/** Two or three significant digits: more would only make the status flicker. */
function figure(value: number): string {
  if (value >= 1e6) return value.toExponential(1);
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(2)));
}

function mapRates(
  rates: Map<string, RateState>,
  change: (state: RateState) => RateState,
): Map<string, RateState> {
  return new Map([...rates].map(([name, state]) => [name, change(state)]));
}
