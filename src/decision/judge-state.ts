import { z } from 'zod';
import { contentHash } from '../lib/canonical.ts';
import { fold, unfold } from '../lib/folded.ts';
import { type CustomState, NO_CUSTOM } from './custom.ts';
import type { GuardrailState } from './guardrail-state.ts';
import { KeptGuardrail, KeptLedgerShape } from './kept.ts';
import { keptOf, type Ledger } from './ledger.ts';

/** Everything that is known of a case. */
export interface State {
  readonly attempt: number;
  /** What the guardrails were, see `signatureOf`. */
  readonly signature: string;
  readonly step: number;
  /** The candidate's weight under which calls were counted last, in percent. */
  readonly weight: number;
  /** Calls that the candidate was charged with in this step. */
  readonly stepCalls: number;
  readonly ledger: Ledger;
  readonly custom: CustomState;
  /** In the order of the case's guardrails. */
  readonly guardrails: readonly GuardrailState[];
  /** From when on caches count as warm, by the time since the rollout began, in ms; absent before the first weight. */
  readonly warmAt?: number;
}

/** Changes with the layout and with the alternatives, which give the sums their meaning. */
const VERSION = 2;

const Packed = z.strictObject({
  v: z.literal(VERSION),
  attempt: z.int(),
  signature: z.string(),
  step: z.int(),
  weight: z.int(),
  calls: z.int().min(0),
  guardrails: z.array(KeptGuardrail),
  ledger: KeptLedgerShape,
  warmAt: z.int().min(0).exactOptional(),
});

/**
 * Shortens a state for `status.evidence`. Evidence is rounded down, never up: what is lost is power, not validity, and it
 * is lost only to whoever goes on from it.
 */
export function pack({ stepCalls, ledger, signature, custom: _, ...rest }: State): string {
  const packed = {
    v: VERSION,
    ...rest,
    signature: shortened(signature),
    calls: stepCalls,
    ledger: keptOf(ledger, rest.weight),
  };
  return fold(packed, shorten);
}

/** Undefined where `packed` is no state of ours for guardrails of this `signature`: to begin anew is the remedy. */
export function unpack(packed: string, signature: string): State | undefined {
  const parsed = Packed.safeParse(unfold(packed));
  if (!parsed.success || parsed.data.signature !== shortened(signature)) return undefined;
  const { v: _, calls, ledger, guardrails, ...rest } = parsed.data;
  return {
    ...rest,
    signature,
    stepCalls: calls,
    ledger: { replicas: {}, present: [], kept: ledger },
    custom: NO_CUSTOM,
    guardrails: guardrails as GuardrailState[],
  };
}

function shortened(signature: string): string {
  return contentHash(signature).slice(0, 12);
}

/** A bet that has lost all but e⁻²⁵ of its stake is given up: it would have to win it back before it counted again. */
const GIVEN_UP = -25;
const LOST = -1_000;

/** Evidence is kept to hundredths, towards −∞; sums of values to six digits, which only guesses and words rest on. */
function shorten(key: string, value: unknown): unknown {
  if (key === 'worseSums' || key === 'notWorseSums' || key === 'sums') return roundedDown(value);
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Number(value.toPrecision(6));
}

function roundedDown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(roundedDown);
  if (typeof value !== 'number') return value;
  if (value < GIVEN_UP) return Math.min(LOST, Math.floor(value / 1_000) * 1_000);
  const rounded = Math.floor(value * 100) / 100;
  return rounded <= value ? rounded : rounded - 0.01;
}
