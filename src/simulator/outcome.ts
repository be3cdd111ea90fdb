import type { Random } from '../lib/random.ts';
import { CONTENT_FILTER, errorOfStatus, type ProviderError } from './provider-error.ts';
import { breakJson, contentReply, firstPart, type Reply, refusalReply } from './reply.ts';
import type { Rule } from './rule.ts';

/** What becomes of one call. The names are those under which it is counted. */
export type Outcome =
  | { kind: 'answer' | 'refusal' | 'truncation' | 'brokenJson' | 'wrongSchema'; reply: Reply }
  | { kind: 'toolCall'; name: string | undefined; args: string; reply: Reply }
  | { kind: 'error' | 'contentFilter'; error: ProviderError }
  | { kind: 'break' | 'stall'; afterChunks: number; reply: Reply }
  | { kind: 'errorEvent'; afterChunks: number; reply: Reply; error: ProviderError }
  | { kind: 'hang' };

/** Draws what becomes of the next call under `rule`; everything that can be is made beforehand. */
export function outcomesOf(rule: Rule): (random: Random) => Outcome {
  const good = contentReply(rule.answer);
  const chances: { below: number; outcome: Outcome }[] = [];
  let sum = 0;
  const add = (rate: number | undefined, outcome: () => Outcome) => {
    if (!rate) return;
    sum += rate;
    chances.push({ below: sum, outcome: outcome() });
  };

  for (const { rate, status, retryAfter } of rule.errors) {
    add(rate, () => ({ kind: 'error', error: errorOfStatus(status, retryAfter) }));
  }
  const { refusals, wrongSchema, breaks, stalls, errorEvents, toolCalls } = rule;
  add(rule.contentFilter, () => ({ kind: 'contentFilter', error: CONTENT_FILTER }));
  add(refusals?.rate, () => ({ kind: 'refusal', reply: refusal(refusals!, rule.answer) }));
  add(rule.truncations, () => ({
    kind: 'truncation',
    reply: contentReply(firstPart(rule.answer), 'length'),
  }));
  add(rule.brokenJson, () => ({ kind: 'brokenJson', reply: contentReply(breakJson(rule.answer)) }));
  add(wrongSchema?.rate, () => ({ kind: 'wrongSchema', reply: contentReply(wrongSchema!.answer) }));
  add(breaks?.rate, () => ({ kind: 'break', afterChunks: breaks!.afterChunks, reply: good }));
  add(stalls?.rate, () => ({ kind: 'stall', afterChunks: stalls!.afterChunks, reply: good }));
  add(errorEvents?.rate, () => {
    return {
      kind: 'errorEvent',
      afterChunks: errorEvents!.afterChunks,
      reply: good,
      error: errorOfStatus(500),
    };
  });
  add(rule.hangs, () => ({ kind: 'hang' }));
  // A share of what is left: of the good answers.
  add(toolCalls && toolCalls.rate * Math.max(0, 1 - sum), () => {
    return { kind: 'toolCall', name: toolCalls!.name, args: toolCalls!.arguments, reply: good };
  });

  const answer: Outcome = { kind: 'answer', reply: good };
  if (chances.length === 0) return () => answer;
  return (random) => {
    const drawn = random();
    return chances.find(({ below }) => drawn < below)?.outcome ?? answer;
  };
}

function refusal({ kind, text }: NonNullable<Rule['refusals']>, answer: string): Reply {
  if (kind === 'field') return refusalReply(text);
  return kind === 'text' ? contentReply(text) : contentReply(firstPart(answer), 'content_filter');
}
