import { z } from 'zod';
import type { Case, JudgedGuardrail } from './case.ts';
import type { Ledger } from './ledger.ts';
import { packRate, UnreadableState, unpackRate } from './pack.ts';
import type { RateState } from './rate.ts';

/** Everything that is known of a case. */
export interface State {
  attempt: number;
  step: number;
  /** Weight of the open blocks: counts of another one cut them. */
  weight: number;
  stepCalls: number;
  ledger: Ledger;
  rates: Map<string, RateState>;
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

/** Shortens a state for `status.evidence`. */
export function pack(
  { attempt, step, weight, stepCalls, ledger, rates }: State,
  { guardrails }: Case,
): string {
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
export function unpack(packed: string, { attempt, guardrails }: Case): State | undefined {
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
