import type { Outcome } from '../../../api/evidence.ts';
import {
  type Answer,
  type Head,
  judged,
  MOST_TEXT,
  type ReadOptions,
  type StreamReader,
  withoutAnswer,
} from '../../answer.ts';
import { textTokens } from '../../budgets/estimate.ts';
import { deltaTokens } from '../../heard.ts';
import { isContentFilter, outcomeOfError, outcomeOfStatus } from '../../outcome.ts';
import { toolCalls } from '../../tool-calls.ts';
import type { Usage } from '../../usage.ts';
import { countOf, isText, parseObject, wordOf } from '../json.ts';

interface Item {
  type?: unknown;
  content?: unknown;
  name?: unknown;
  arguments?: unknown;
}
interface Event {
  type?: unknown;
  response?: Response | null;
  delta?: unknown;
  error?: unknown;
}
interface Response {
  id?: unknown;
  model?: unknown;
  status?: unknown;
  output?: unknown;
  incomplete_details?: { reason?: unknown } | null;
  error?: unknown;
  usage?: {
    input_tokens?: unknown;
    output_tokens?: unknown;
    input_tokens_details?: { cached_tokens?: unknown; cache_write_tokens?: unknown } | null;
    output_tokens_details?: { reasoning_tokens?: unknown } | null;
  } | null;
}

/** Reads a response of status `status`. What cannot be read as one is the provider's error. */
export function readPlain(status: number, bytes: Buffer, options: ReadOptions = {}): Answer {
  const body = parseObject<Response>(bytes.toString('utf8'));
  if (status >= 400) {
    const refused = isContentFilter(status, body?.error);
    return { ...withoutAnswer(refused ? 'refusal' : outcomeOfStatus(status)), ...(refused && { refused }) };
  }
  return body === undefined ? withoutAnswer('upstream_5xx') : readResponse(body, options);
}

/** Reads a streamed response: its last event holds all of it, so that the others need no look. */
export function streamReader(options: ReadOptions = {}): StreamReader {
  let head: Head = {};
  let whole: Answer | undefined;
  let failed: Outcome | undefined;
  let outputTokens = 0;
  return {
    push(data) {
      // Nearly all events are of this type.
      if (data.startsWith(SAID)) {
        outputTokens += deltaTokens(data);
        return 'content';
      }
      const type = typeOf(data);
      if (type !== undefined && !READ.includes(type)) {
        if (isOfText(type)) outputTokens += deltaTokens(data);
        return 'content';
      }
      const event = parseObject<Event>(data);
      if (event?.type === 'error') {
        failed = outcomeOfError(event.error ?? event);
        return 'error';
      }
      if (typeof event?.delta === 'string' && isOfText(wordOf(event.type)))
        outputTokens += textTokens(event.delta);
      if (event?.response == null) return 'content';
      const { usage: _unfinished, ...told } = headOf(event.response);
      head = { ...head, ...told };
      if (!LAST.includes(wordOf(event.type))) return 'content';
      whole = readResponse(event.response, options);
      if (event.type !== 'response.failed') return 'done';
      failed = whole.outcome;
      return 'error';
    },
    end(broken) {
      if (whole?.usage !== undefined) return whole;
      if (whole !== undefined)
        return { ...whole, heard: { outputTokens: Math.max(outputTokens, textTokens(whole.text ?? '')) } };
      const outcome = failed ?? broken ?? 'stream_interrupted';
      return { ...head, ...withoutAnswer(outcome), heard: { outputTokens } };
    },
  };
}

const SAID = '{"type":"response.output_text.delta"';

/** Whether an event tells a part of what the model says, thinks or calls; sound is no text. */
const isOfText = (type: string): boolean => type.endsWith('.delta') && !type.includes('audio');

const LAST = ['response.completed', 'response.incomplete', 'response.failed'];
const READ = [...LAST, 'response.created', 'error'];

/** The type of an event where it comes first, as it does with OpenAI; else whoever wants it has to parse. */
export const typeOf = (data: string): string | undefined => /^\{"type":"([\w.]+)"/.exec(data)?.[1];

function readResponse(response: Response, options: ReadOptions): Answer {
  const head = headOf(response);
  if (response.error != null) return { ...head, ...withoutAnswer(outcomeOfError(response.error)) };
  if (!Array.isArray(response.output)) return { ...head, ...withoutAnswer('upstream_5xx') };
  const tools = toolCalls();
  let text = '';
  let refused = false;
  for (const item of response.output as (Item | null)[]) {
    if (item?.type === 'function_call')
      tools.addWhole([{ function: { name: item.name, arguments: item.arguments } }]);
    if (item?.type === 'custom_tool_call') tools.addWhole([{ custom: { name: item.name } }]);
    if (item?.type !== 'message' || !Array.isArray(item.content)) continue;
    for (const part of item.content as { type?: unknown; text?: unknown; refusal?: unknown }[]) {
      if (typeof part?.text === 'string') text += part.text;
      refused ||= isText(part?.refusal);
    }
  }
  const { reason } = response.incomplete_details ?? {};
  const finishReason = isText(reason) ? reason : isText(response.status) ? response.status : undefined;
  const said = {
    ...head,
    text: text.length > MOST_TEXT ? undefined : text,
    refused: refused || reason === 'content_filter',
    truncated: reason === 'max_output_tokens',
    // Responses know no words to stop at.
    stopped: false,
    tools,
    finishReason,
  };
  return judged(said, options);
}

function headOf({ id, model, usage }: Response): Head {
  const used = usageOf(usage);
  return {
    ...(used && { usage: used }),
    ...(isText(model) && { modelAnswered: model }),
    ...(isText(id) && { responseId: id }),
  };
}

/** Undefined where it is missing or no usage: unknown is not zero. */
function usageOf(usage: Response['usage']): Usage | undefined {
  const [inputTokens, outputTokens] = [countOf(usage?.input_tokens), countOf(usage?.output_tokens)];
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const cached = countOf(usage?.input_tokens_details?.cached_tokens);
  const written = countOf(usage?.input_tokens_details?.cache_write_tokens);
  const reasoning = countOf(usage?.output_tokens_details?.reasoning_tokens);
  return {
    inputTokens,
    outputTokens,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheCreationTokens: written }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}
