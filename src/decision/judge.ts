import type { CustomReading, EvidenceReading } from '../api/evidence.ts';
import type { Finding, Judgement } from '../api/judgement.ts';
import type { GuardrailStatus } from '../api/status.ts';
import { type Case, type GuardrailAction, type JudgedGuardrail, signatureOf } from './case.ts';
import { absorbCustom, type CustomServed, NO_CUSTOM } from './custom.ts';
import { decide } from './decide.ts';
import { differenceIn } from './difference.ts';
import { formatFigure, formatValue } from './figures.ts';
import {
  type GuardrailState,
  observeCustom,
  observeServed,
  readGuardrail,
  restartGuardrail,
  startGuardrail,
  withoutProblem,
} from './guardrail-state.ts';
import { type State, unpack } from './judge-state.ts';
import { absorb, EMPTY_LEDGER, type Served, servedBefore } from './ledger.ts';
import { chargedCalls } from './measured.ts';
import type { GuardrailVerdict, Sample } from './verdict.ts';
import { missingWords, proofOf, reasonOf } from './words.ts';

/** A prompt cache is cold and connections are new at first: latency and cost of that time are the newcomer's lot. */
const WARM_UP_MS = 60_000;
const COLD_AT_FIRST = new Set<JudgedGuardrail['metric']>(['Latency', 'FirstTokenLatency', 'CostPerCall']);

/**
 * Judges a candidate by what was read since the last time. `known` is what the last call gave, or what `pack` made of
 * it; one that cannot be read, or is of another attempt, begins the evidence anew. Pure.
 */
export function judge(
  known: State | string | undefined,
  subject: Case,
  readings: readonly EvidenceReading[],
  custom: readonly CustomReading[] = [],
): { state: State; judgement: Judgement } {
  const resumed = resume(known, subject);
  // Begun anew under way: what was counted in the first minute, or in earlier steps, is read with the rest.
  const mixed = resumed === undefined && (known !== undefined || subject.step > 0);
  const state = observe(resumed ?? begin(subject, readings), subject, readings, custom, mixed);
  return { state, judgement: judgementOf(state, subject) };
}

function resume(known: State | string | undefined, subject: Case): State | undefined {
  let state = typeof known === 'string' ? unpack(known, signatureOf(subject)) : known;
  if (state === undefined || !isAbout(state, subject)) return undefined;
  while (state.step < subject.step) {
    state = {
      ...state,
      step: state.step + 1,
      stepCalls: 0,
      guardrails: state.guardrails.map(restartGuardrail),
    };
  }
  return state;
}

function isAbout({ attempt, step, signature }: State, subject: Case): boolean {
  return attempt === subject.attempt && step <= subject.step && signature === signatureOf(subject);
}

function begin(subject: Case, readings: readonly EvidenceReading[]): State {
  const before = servedBefore(readings, subject);
  return {
    attempt: subject.attempt,
    signature: signatureOf(subject),
    step: subject.step,
    weight: subject.weight,
    stepCalls: 0,
    ledger: EMPTY_LEDGER,
    custom: NO_CUSTOM,
    guardrails: subject.guardrails.map((each) => startGuardrail(each, before, subject.restarts)),
  };
}

function observe(
  state: State,
  subject: Case,
  readings: readonly EvidenceReading[],
  customReadings: readonly CustomReading[],
  mixed: boolean,
): State {
  const gateways = absorb(state.ledger, readings, subject);
  const custom = absorbCustom(state.custom, customReadings, {
    moved: subject.weight !== state.weight,
    stepElapsedMs: subject.stepElapsedMs,
  });
  const warmAt = state.warmAt ?? warmAtOf(subject);
  const warm = !mixed && warmAt !== undefined && subject.elapsedMs >= warmAt;
  const guardrails = subject.guardrails.map((guardrail, at) => {
    let known = state.guardrails[at]!;
    if (warm || !COLD_AT_FIRST.has(guardrail.metric)) known = observeAll(known, guardrail, gateways.served);
    const own: CustomServed | undefined = custom.served.get(guardrail.name);
    return own === undefined ? withoutProblem(known) : observeCustom(known, guardrail, own, subject.weight);
  });
  const ofStep = mixed ? gateways.served.filter(({ weight }) => weight === subject.weight) : gateways.served;
  const newCalls = ofStep.reduce((sum, { candidate }) => sum + chargedCalls(candidate), 0);
  return {
    ...state,
    weight: subject.weight,
    stepCalls: state.stepCalls + newCalls,
    ledger: gateways.ledger,
    custom: custom.state,
    guardrails,
    ...(warmAt !== undefined && { warmAt }),
  };
}

/** A rollout may have been held against gates, or have waited, before the candidate's first call. */
function warmAtOf({ weight, elapsedMs, stepElapsedMs }: Case): number | undefined {
  return weight === 0 ? undefined : Math.max(0, elapsedMs - stepElapsedMs) + WARM_UP_MS;
}

function observeAll(
  known: GuardrailState,
  guardrail: JudgedGuardrail,
  served: readonly Served[],
): GuardrailState {
  return served.reduce((soFar, each) => observeServed(soFar, guardrail, each), known);
}

function judgementOf({ guardrails: known, stepCalls }: State, subject: Case): Judgement {
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
