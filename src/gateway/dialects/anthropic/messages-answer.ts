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
import { outcomeOfError, outcomeOfStatus } from '../../outcome.ts';
import { toolCalls } from '../../tool-calls.ts';
import { isText, parseObject } from '../json.ts';
import { laterUsage, type MessageUsage, readUsage } from './messages-usage.ts';

interface Block {
  type?: unknown;
  id?: unknown;
  text?: unknown;
  name?: unknown;
  input?: unknown;
}
interface Message {
  id?: unknown;
  model?: unknown;
  content?: unknown;
  stop_reason?: unknown;
  usage?: MessageUsage | null;
  error?: unknown;
}
interface Event {
  type?: unknown;
  index?: unknown;
  message?: Message | null;
  content_block?: Block | null;
  delta?: {
    type?: unknown;
    text?: unknown;
    partial_json?: unknown;
    thinking?: unknown;
    stop_reason?: unknown;
  } | null;
  usage?: MessageUsage | null;
  error?: unknown;
}

/** Reads a message of Anthropic's of status `status`. What cannot be read as one is the provider's error. */
export function readPlain(status: number, bytes: Buffer, options: ReadOptions = {}): Answer {
  if (status >= 400) return withoutAnswer(outcomeOfStatus(status));
  const body = parseObject<Message>(bytes.toString('utf8'));
  if (body?.error != null) return withoutAnswer(outcomeOfError(body.error));
  if (!Array.isArray(body?.content)) return withoutAnswer('upstream_5xx');
  const tools = toolCalls();
  let text = '';
  for (const block of body.content as (Block | null)[]) {
    if (block?.type === 'text' && typeof block.text === 'string') text += block.text;
    if (block?.type === 'tool_use') tools.addWhole([calledBy(block, JSON.stringify(block.input ?? {}))]);
  }
  const usage = readUsage(body.usage);
  const said = {
    ...headOf(body),
    ...(usage && { usage }),
    text: text.length > MOST_TEXT ? undefined : text,
    tools,
    finishReason: isText(body.stop_reason) ? body.stop_reason : undefined,
  };
  return judgedBy(said, options);
}

/** Reads a streamed message event by event. */
export function streamReader(options: ReadOptions = {}): StreamReader {
  let head: Head = {};
  let usage: MessageUsage = {};
  let outputIsTold = false;
  let done = false;
  let characters = 0;
  let text: string | undefined = '';
  let finishReason: string | undefined;
  let failed: Outcome | undefined;
  /** The call of a tool that has begun and whose arguments have not. */
  let withoutInput = false;
  const tools = toolCalls();

  const read = ({ type, index, message, content_block, delta, usage: told }: Event): void => {
    if (type === 'content_block_delta') {
      characters += lengthOf(delta?.text) + lengthOf(delta?.partial_json) + lengthOf(delta?.thinking);
      if (typeof delta?.text === 'string' && text !== undefined) {
        text = text.length + delta.text.length > MOST_TEXT ? undefined : text + delta.text;
      }
      if (!isText(delta?.partial_json)) return;
      withoutInput = false;
      tools.addParts([{ index, function: { arguments: delta.partial_json } }]);
    } else if (type === 'content_block_start') {
      if (content_block?.type === 'text' && isText(content_block.text) && text !== undefined)
        text += content_block.text;
      if (content_block?.type !== 'tool_use') return;
      withoutInput = true;
      tools.addParts([{ index, ...calledBy(content_block, '') }]);
    } else if (type === 'content_block_stop') {
      if (withoutInput) tools.addParts([{ index, function: { arguments: '{}' } }]);
      withoutInput = false;
    } else if (type === 'message_start') {
      head = headOf(message ?? {});
      usage = laterUsage(usage, message?.usage ?? {});
    } else if (type === 'message_delta') {
      if (isText(delta?.stop_reason)) finishReason = delta.stop_reason;
      // What the beginning says of the output is none of it yet.
      outputIsTold ||= told != null;
      usage = laterUsage(usage, told ?? {});
    }
  };

  return {
    push(data) {
      const event = parseObject<Event>(data);
      if (event === undefined) return 'content';
      if (event.type === 'error') {
        failed = outcomeOfError(event.error);
        return 'error';
      }
      if (event.type === 'message_stop') {
        done = true;
        return 'done';
      }
      read(event);
      return 'content';
    },
    end(broken) {
      const told = readUsage(usage);
      const isWhole = outputIsTold && (done || finishReason !== undefined);
      const known = { ...head, ...(isWhole && told && { usage: told }) };
      const heard = known.usage === undefined && { heard: heardOf(text, characters, told) };
      const outcome = failed ?? broken;
      if (outcome !== undefined)
        return { ...known, outcome, toolCalls: tools.count(), schemaChecked: false, ...heard };
      return { ...judgedBy({ ...known, text, tools, finishReason }, options), ...heard };
    },
  };
}

/** Reads the answer to a question that is not for the model. */
export function readOther(status: number, bytes: Buffer, isAnswer: (body: object) => boolean): Answer {
  if (status >= 400) return withoutAnswer(outcomeOfStatus(status));
  const body = parseObject(bytes.toString('utf8'));
  return withoutAnswer(body !== undefined && isAnswer(body) ? 'success' : 'upstream_5xx');
}

function headOf({ id, model }: Message): Head {
  return { ...(isText(model) && { modelAnswered: model }), ...(isText(id) && { responseId: id }) };
}

function calledBy({ id, name }: Block, args: string) {
  return { id, function: { name, arguments: args } };
}

const CUT = ['max_tokens', 'model_context_window_exceeded'];

function judgedBy(said: Omit<Said, 'refused' | 'truncated' | 'stopped'>, options: ReadOptions): Answer {
  const { finishReason } = said;
  const truncated = finishReason !== undefined && CUT.includes(finishReason);
  const stopped = finishReason === 'stop_sequence';
  return judged({ ...said, refused: finishReason === 'refusal', truncated, stopped }, options);
}
