import type { Outcome } from '../../../api/evidence.ts';
import {
  type Answer,
  type Head,
  judged,
  MOST_TEXT,
  type ReadOptions,
  type Said,
  type StreamReader,
  withoutAnswer,
} from '../../answer.ts';
import { heardOf, lengthOf } from '../../heard.ts';
import { isContentFilter, outcomeOfError, outcomeOfStatus } from '../../outcome.ts';
import { toolCalls } from '../../tool-calls.ts';
import type { Usage } from '../../usage.ts';
import { isText, parseObject } from '../json.ts';
import { readUsage } from './chat-usage.ts';

interface Delta {
  content?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
  /** What the model thinks, as servers of open models tell it. */
  reasoning_content?: unknown;
  reasoning?: unknown;
}
interface Choice {
  index?: unknown;
  message?: { content?: unknown; refusal?: unknown; tool_calls?: unknown } | null;
  delta?: Delta | null;
  finish_reason?: unknown;
}
interface Body {
  id?: unknown;
  model?: unknown;
  choices?: (Choice | null)[];
  usage?: unknown;
  error?: unknown;
}

/** Reads a plain answer of status `status`. What cannot be read as an answer is the provider's error. */
export function readPlain(status: number, bytes: Buffer, options: ReadOptions = {}): Answer {
  const body = parseObject<Body>(bytes.toString('utf8'));
  if (status >= 400) {
    const outcome = isContentFilter(status, body?.error) ? 'refusal' : outcomeOfStatus(status);
    return { ...withoutAnswer(outcome), ...(outcome === 'refusal' && { refused: true }) };
  }
  const known = headOf(body);
  if (body?.error != null) return { ...known, ...withoutAnswer(outcomeOfError(body.error)) };
  const choices = Array.isArray(body?.choices) ? body.choices : [];
  const choice = choices.find(isFirst) ?? choices[0];
  if (choice === undefined || choice === null) return { ...known, ...withoutAnswer('upstream_5xx') };
  const { content, refusal, tool_calls } = choice.message ?? {};
  const tools = toolCalls();
  tools.addWhole(tool_calls);
  const said = {
    ...known,
    text: typeof content !== 'string' ? '' : content.length > MOST_TEXT ? undefined : content,
    refused: isText(refusal),
    tools,
    finishReason: isText(choice.finish_reason) ? choice.finish_reason : undefined,
  };
  return judgedBy(said, options);
}

/** Reads a streamed answer event by event. */
export function streamReader(options: ReadOptions = {}): StreamReader {
  let modelAnswered: string | undefined;
  let responseId: string | undefined;
  let told: Usage | undefined;
  let text: string | undefined = '';
  let refused = false;
  let finishReason: string | undefined;
  let failed: Outcome | undefined;
  let done = false;
  let characters = 0;
  const tools = toolCalls();

  return {
    push(data) {
      if (data === '[DONE]') {
        done = true;
        return 'done';
      }
      const body = parseObject<Body>(data);
      if (body === undefined) return 'content';
      if (body.error != null) {
        failed = outcomeOfError(body.error);
        return 'error';
      }
      if (isText(body.model)) modelAnswered = body.model;
      if (isText(body.id)) responseId = body.id;
      if (body.usage != null) told = readUsage(body.usage) ?? told;
      const choices = Array.isArray(body.choices) ? body.choices : [];
      if (choices.length === 0) return body.usage == null ? 'content' : 'usage-only';
      for (const each of choices) characters += saidIn(each?.delta);
      const choice = choices.find(isFirst);
      if (choice == null) return 'content';
      const { content, refusal, tool_calls } = choice.delta ?? {};
      if (typeof content === 'string' && text !== undefined) {
        text = text.length + content.length > MOST_TEXT ? undefined : text + content;
      }
      refused ||= isText(refusal);
      tools.addParts(tool_calls);
      if (isText(choice.finish_reason)) finishReason = choice.finish_reason;
      return 'content';
    },
    end(broken) {
      // Some servers tell it with each chunk: what it comes to is only said at the end.
      const usage = done || finishReason !== undefined ? told : undefined;
      const known: Head = {
        ...(usage && { usage }),
        ...(modelAnswered !== undefined && { modelAnswered }),
        ...(responseId !== undefined && { responseId }),
      };
      const heard = usage === undefined && { heard: heardOf(text, characters, told) };
      const outcome = failed ?? broken;
      if (outcome !== undefined) {
        return { ...known, outcome, toolCalls: tools.count(), schemaChecked: false, ...heard };
      }
      return { ...judgedBy({ ...known, text, refused, tools, finishReason }, options), ...heard };
    },
  };
}

function judgedBy(said: Omit<Said, 'truncated' | 'stopped'>, options: ReadOptions): Answer {
  const { refused, finishReason } = said;
  const truncated = finishReason === 'length';
  const stopped = !truncated;
  return judged(
    { ...said, refused: refused || finishReason === 'content_filter', truncated, stopped },
    options,
  );
}

/** How many characters a delta adds to an answer. */
function saidIn(delta: Delta | null | undefined): number {
  if (delta == null) return 0;
  const { content, refusal, reasoning_content, reasoning, tool_calls } = delta;
  let sum = lengthOf(content) + lengthOf(refusal) + lengthOf(reasoning_content ?? reasoning);
  if (!Array.isArray(tool_calls)) return sum;
  for (const part of tool_calls as ({ function?: { arguments?: unknown } | null } | null)[])
    sum += lengthOf(part?.function?.arguments);
  return sum;
}

/** Callers may ask for several choices, whose deltas then come mixed; the first stands for the answer, as it does in one piece. */
function isFirst(choice: Choice | null): boolean {
  return choice !== null && (choice.index ?? 0) === 0;
}

function headOf(body: Body | undefined): Head {
  const { usage, model, id } = body ?? {};
  return {
    usage: readUsage(usage),
    modelAnswered: isText(model) ? model : undefined,
    responseId: isText(id) ? id : undefined,
  };
}
