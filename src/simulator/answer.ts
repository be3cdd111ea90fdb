import type { Random } from '../lib/random.ts';
import type { ChatRequest } from './chat-request.ts';
import { later, sendError } from './connection.ts';
import { type Delay, drawDelay } from './delay.ts';
import { type Call, deliverPlain, deliverStream } from './deliver.ts';
import type { Outcome } from './outcome.ts';
import { type ProviderError, STREAM_OPTIONS_REFUSED } from './provider-error.ts';
import { type Reply, shorten, toolCallReply } from './reply.ts';
import type { Rule } from './rule.ts';
import { countTokens } from './usage.ts';

/** What becomes of this very request: some outcomes need tools to call, or a stream to be in. */
export function settleOutcome(outcome: Outcome, { usage }: Rule, request: ChatRequest): Outcome {
  if (request.streamOptions && usage.refuseStreamOptions) {
    return { kind: 'error', error: STREAM_OPTIONS_REFUSED };
  }
  if (outcome.kind === 'toolCall' && !request.tool) return { kind: 'answer', reply: outcome.reply };
  if (outcome.kind === 'errorEvent' && !request.stream) return { kind: 'error', error: outcome.error };
  // Silence from the first byte on.
  if (outcome.kind === 'stall' && outcome.afterChunks === 0) return { kind: 'hang' };
  return outcome;
}

/** Answers a call as its outcome says. Draws its delay at once, so that the order of calls is the order of draws. */
export function answerCall(call: Call): void {
  const { outcome, request } = call;
  if (outcome.kind === 'hang') call.hold(call.response);
  else if ('reply' in outcome) answerReply(call, replyTo(call.frame.id, outcome, request));
  else answerError(call, outcome.error);
}

function replyTo(id: string, outcome: Outcome & { reply: Reply }, { tool, maxTokens }: ChatRequest): Reply {
  if (outcome.kind !== 'toolCall') return shorten(outcome.reply, maxTokens);
  return toolCallReply(id.replace('chatcmpl-', 'call_'), outcome.name ?? tool ?? '', outcome.args);
}

function answerError({ form, response, rule, random, timers }: Call, error: ProviderError): void {
  const ms = drawn(rule.latency ?? rule.firstToken, random);
  later(response, ms, timers, () => sendError(response, form.error(error)));
}

function answerReply(call: Call, reply: Reply): void {
  const { form, outcome, request, random, timers, response, rule } = call;
  const ms = request.stream
    ? drawn(rule.firstToken ?? rule.latency, random)
    : drawn(rule.latency ?? rule.firstToken, random) + generationMs(rule, reply);
  later(response, ms, timers, () => {
    if (outcome.kind === 'break' && outcome.afterChunks === 0) {
      response.destroy();
      return;
    }
    const counts = countTokens(rule.usage, request.texts, reply.tokens);
    const usage = rule.usage.missing ? undefined : form.usage(counts);
    if (request.stream) deliverStream(call, reply, request.includeUsage ? usage : undefined);
    else deliverPlain(call, form.plain(call.frame, reply, usage));
  });
}

const drawn = (delay: Delay | undefined, random: Random): number =>
  delay === undefined ? 0 : drawDelay(delay, random);

/** How long a plain answer takes after its first token; a latency of its own has that in it. */
const generationMs = ({ latency, tokensPerSecond }: Rule, { tokens }: Reply): number =>
  latency !== undefined || tokensPerSecond === undefined ? 0 : (tokens * 1000) / tokensPerSecond;
