import { isFinished, type Outcome } from '../../api/evidence.ts';
import type { CallRecord } from '../record.ts';
import { costOfEstimate, type Estimate, textTokens } from './estimate.ts';

/** What is counted of a call. */
export type Came = Pick<CallRecord, 'cost' | 'backend' | 'answer' | 'outcome' | 'latencyMs'>;

/** Calls that broke off, and that the provider was at work on: it has them paid all the same. */
const BROKEN_OFF: readonly Outcome[] = ['client_cancelled', 'timeout', 'stream_interrupted'];

/**
 * What a call has cost, in millionths of a USD: as the provider counted it, or as estimated where it went without saying, so
 * that nobody calls for nothing by never reading an answer to its end. `unpriced` where nobody knows the price.
 */
export function spentBy(came: Came, estimate: Estimate | undefined): number | 'unpriced' {
  const { cost, backend, answer, outcome } = came;
  if (cost !== undefined) return cost;
  if (backend === undefined) return 0;
  const worked = isFinished(outcome) || BROKEN_OFF.includes(outcome);
  if (!worked) return 0;
  if (answer?.usage !== undefined || estimate === undefined) return 'unpriced';
  return costOfEstimate(backend.price, estimate, textTokens(answer?.text ?? '')) ?? 'unpriced';
}
