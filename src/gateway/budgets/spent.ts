import { isFinished, type Outcome } from '../../api/evidence.ts';
import { costOf } from '../../cost/cost.ts';
import { type Answer, MOST_TEXT } from '../answer.ts';
import type { CallRecord } from '../record.ts';
import type { BackendTarget } from '../table.ts';
import { costOfEstimate, type Estimate, textTokens } from './estimate.ts';

/** What is counted of a call. */
export type Came = Pick<CallRecord, 'cost' | 'backend' | 'answer' | 'outcome' | 'latencyMs'>;

/** Calls that broke off, and that the provider was at work on: it has them paid all the same. */
const BROKEN_OFF: readonly Outcome[] = ['client_cancelled', 'timeout', 'stream_interrupted', 'gateway_error'];

/** Whether a provider was at work on a call, whatever came of it: whoever has opened a stream was. */
export const hasWorked = (
  backend: BackendTarget | undefined,
  answer: Answer | undefined,
  outcome: Outcome,
): boolean =>
  backend !== undefined && (answer !== undefined || isFinished(outcome) || BROKEN_OFF.includes(outcome));

/**
 * What a call has cost, in millionths of a USD: as the provider counted it, or as estimated where it went without saying, so
 * that nobody calls for nothing by never reading an answer to its end. `unpriced` where nobody knows the price.
 */
export function spentBy(came: Came, estimate: Estimate | undefined): number | 'unpriced' {
  const { cost, backend, answer, outcome } = came;
  if (cost !== undefined) return cost;
  if (backend === undefined || !hasWorked(backend, answer, outcome)) return 0;
  if (answer?.usage !== undefined || estimate === undefined) return 'unpriced';
  const { price } = backend;
  const outputTokens = answer?.heard?.outputTokens ?? (answer === undefined ? 0 : saidTokens(answer));
  const input = answer?.heard?.input;
  const spent =
    input === undefined
      ? costOfEstimate(price, estimate, outputTokens)
      : costOf(price, { ...input, outputTokens: price?.output === undefined ? 0 : outputTokens });
  return spent ?? 'unpriced';
}

/** Estimates the tokens of a whole answer that came without its usage. */
function saidTokens({ text, calls = [], finishReason }: Answer): number {
  // A text that was not kept is longer than any that is; what has no end has no text.
  const longest = finishReason === undefined ? 0 : MOST_TEXT / 4;
  const said = text === undefined ? longest : textTokens(text);
  return calls.reduce((sum, { args = '' }) => sum + textTokens(args), said);
}
