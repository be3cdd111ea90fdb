import type { CustomReading, EvidenceReading } from '../api/evidence.ts';
import type { Judgement } from '../api/judgement.ts';
import { type Case, type JudgedGuardrail, signatureOf } from './case.ts';
import { absorbCustom, type CustomServed, NO_CUSTOM } from './custom.ts';
import {
  type GuardrailState,
  observeCustom,
  observeServed,
  restartGuardrail,
  startGuardrail,
  withoutProblem,
} from './guardrail-state.ts';
import { type State, unpack } from './judge-state.ts';
import { judgementOf } from './judgement.ts';
import { absorb, EMPTY_LEDGER, type Served, servedBefore } from './ledger.ts';
import { chargedCalls } from './measured.ts';

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
