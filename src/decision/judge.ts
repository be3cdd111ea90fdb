import { z } from 'zod';
import type { EvidenceReading } from '../api/evidence.ts';
import type { Finding, Judgement } from '../api/judgement.ts';
import type { GuardrailStatus } from '../api/status.ts';
import { formatPercent } from '../lib/percent.ts';
import { decide } from './decide.ts';
import {
  absorb,
  blockOf,
  chargedCalls,
  type Ledger,
  type Pair,
  type RateMetric,
  servedBefore,
} from './ledger.ts';
import { packRate, UnreadableState, unpackRate } from './pack.ts';
import { cutBlock, observeRate, type RateState, restartAtStep, startRate } from './rate.ts';
import type { Tolerance } from './tolerance.ts';
import type { GuardrailVerdict } from './verdict.ts';

export type GuardrailAction = 'Rollback' | 'Pause' | 'Notify';

/** A guardrail with everything that its spec left out filled in. */
export interface JudgedGuardrail {
  name: string;
  metric: RateMetric;
  action: GuardrailAction;
  /** Its part of the risk, before the parts in use are scaled to add up to 1. */
  weight: number;
  tolerance: Tolerance;
  notWorse: Tolerance;
}

/** What is to be judged: one step of one attempt. */
export interface Case extends Pair {
  /** Counted from 0. */
  step: number;
  /** Steps that will begin after the first; fixed when the attempt begins. */
  restarts: number;
  guardrails: readonly JudgedGuardrail[];
  /** A share between 0 and 1. */
  risk: number;
}

interface State {
  attempt: number;
  step: number;
  /** Weight of the open blocks: counts of another one cut them. */
  weight: number;
  stepCalls: number;
  ledger: Ledger;
  rates: Map<string, RateState>;
}

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

const Packed = z.strictObject({
  v: z.literal(1),
  attempt: z.int(),
  step: z.int(),
  weight: z.int(),
  calls: z.int().min(0),
  rates: z.array(z.tuple([z.string(), z.unknown()])),
  ledger: z.record(
    z.string(),
    z.strictObject({
      start: z.string(),
      cells: z.record(
        z.string(),
        z.tuple([z.array(z.int().min(0)).length(7), z.array(z.int().min(0)).length(7)]),
      ),
    }),
  ),
});

function pack({ attempt, step, weight, stepCalls, ledger, rates }: State, { guardrails }: Case): string {
  const packed: z.infer<typeof Packed> = {
    v: 1,
    attempt,
    step,
    weight,
    calls: stepCalls,
    rates: guardrails.map((guardrail) => [signature(guardrail), packRate(rates.get(guardrail.name)!)]),
    ledger: ledger as z.infer<typeof Packed>['ledger'],
  };
  return JSON.stringify(packed);
}

/** Undefined where `packed` is of another attempt or set of guardrails, or no state of ours: to begin anew is the remedy. */
function unpack(packed: string, { attempt, guardrails }: Case): State | undefined {
  try {
    const parsed = Packed.safeParse(JSON.parse(packed));
    if (!parsed.success || parsed.data.attempt !== attempt) return undefined;
    const { step, weight, calls, ledger, rates } = parsed.data;
    if (rates.map(([name]) => name).join() !== guardrails.map(signature).join()) return undefined;
    const states = guardrails.map(({ name }, at): [string, RateState] => [name, unpackRate(rates[at]![1])]);
    return { attempt, step, weight, stepCalls: calls, ledger: ledger as Ledger, rates: new Map(states) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof UnreadableState) return undefined;
    throw error;
  }
}

/** Evidence gathered under one set of weights proves nothing under another. */
function signature({ name, metric, action, weight }: JudgedGuardrail): string {
  return [name, metric, action, weight].join('/');
}

function mapRates(
  rates: Map<string, RateState>,
  change: (state: RateState) => RateState,
): Map<string, RateState> {
  return new Map([...rates].map(([name, state]) => [name, change(state)]));
}
