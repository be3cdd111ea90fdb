import { isFinished } from '../api/evidence.ts';
import { costOf } from '../cost/cost.ts';
import type { Charge } from './cells.ts';
import type { Received } from './receive.ts';
import type { Tried } from './tries.ts';

/**
 * What the revisions drawn are charged for a call: their own doing only. Where their first try failed, what somebody
 * else then answered is not theirs, and all that is known of its time is how long a time-out took; of any other failure
 * the outcome says all, since a quick error is no quick answer.
 * @param begun when the call began, on the clock of `performance.now()`
 */
export function chargeOf(
  tried: Tried,
  { outcome, answer, endedAt, firstTokenAt }: Received,
  begun: number,
): Charge {
  const { failure, last, sent } = tried;
  if (failure !== undefined) {
    const { outcome, afterMs } = failure;
    const charge = { outcome, schemaChecked: false };
    if (outcome !== 'timeout') return charge;
    return { ...charge, latencyMs: afterMs, ...(sent.stream === true && { firstTokenMs: afterMs }) };
  }
  const latencyMs = endedAt - begun;
  const firstTokenMs = firstTokenAt === undefined ? undefined : firstTokenAt - begun;
  if (outcome === 'timeout') return { outcome, schemaChecked: false, latencyMs, firstTokenMs };
  if (answer === undefined || !isFinished(outcome)) return { outcome, schemaChecked: false };
  const { schemaChecked, toolsFailed, usage, cutByCaller } = answer;
  return {
    // What its caller cut off was going well until then.
    outcome: cutByCaller && outcome === 'truncated' ? 'success' : outcome,
    schemaChecked,
    latencyMs,
    firstTokenMs,
    toolsFailed,
    outputTokens: usage?.outputTokens,
    cost: costOf(last.backend?.price, usage),
  };
}
