import { CannotTell, type Check, shown, wordsOf } from './check.ts';
import { refuses } from './refusal.ts';

/** `threshold` in ms. */
export const latency: Check = ({ threshold, answer: { latencyMs } }) => {
  if (threshold === undefined)
    throw new CannotTell('threshold is missing: the most ms that the answer may take');
  if (latencyMs === undefined) throw new CannotTell('it is not known how long the answer took');
  return {
    holds: latencyMs <= threshold,
    claim: `takes at most ${threshold} ms`,
    because: `it took ${Math.round(latencyMs)}`,
  };
};

/** `threshold` in USD. What is not known is not nothing. */
export const cost: Check = ({ threshold, answer: { costUSD } }) => {
  if (threshold === undefined)
    throw new CannotTell('threshold is missing: the most USD that the answer may cost');
  if (costUSD === undefined)
    throw new CannotTell('its cost is not known: give the model pricesPerMillion in its ModelProvider');
  return {
    holds: costUSD <= threshold,
    claim: `costs at most ${threshold} USD`,
    because: `it cost ${costUSD}`,
  };
};

/** The provider's word for why it ended: `stop`, `length`, `tool_calls`, `content_filter`. */
export const finishReason: Check = ({ value, answer }) => {
  const wanted = wordsOf(value);
  if (answer.finishReason === undefined) throw new CannotTell('the provider did not say why it ended');
  const holds = answer.finishReason.toLowerCase() === wanted.toLowerCase();
  return { holds, claim: `ends by ${shown(wanted)}`, because: `it ended by ${shown(answer.finishReason)}` };
};

/** By the provider's word, by saying nothing at all, or by how it begins. */
export const isRefusal: Check = ({ answer }) => ({ holds: refuses(answer), claim: 'is a refusal' });
