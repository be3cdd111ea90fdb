import type { Outcome } from '../api/evidence.ts';
import { isContentFilter, outcomeOfError, outcomeOfStatus, readsAsRefusal } from './outcome.ts';
import { type ToolCalls, toolCalls } from './tool-calls.ts';
import type { ToolCall } from './tools.ts';
import { readUsage, type Usage } from './usage.ts';

/** What is known of a finished answer. */
export interface Answer {
  outcome: Outcome;
  usage?: Usage;
  finishReason?: string;
  modelAnswered?: string;
  responseId?: string;
  /** The answer's text, for its hash; undefined where it was longer than is kept. */
  text?: string;
  toolCalls: number;
  /** The calls put together; absent where there are none, or more than could be kept. */
  calls?: readonly ToolCall[];
  /** Whether the provider itself said that this is a refusal, or its filter took the prompt or the answer. */
  refused?: true;
  /** Whether one of these calls was wrong; absent where there are none, or more than could be looked at. */
  toolsFailed?: boolean;
  /** Whether it was held against a response schema. */
  schemaChecked: boolean;
}

export interface ReadOptions {
  /** Says whether a content satisfies the revision's response schema. */
  satisfies?: (content: string) => boolean;
  /** Says whether one of an answer's calls of tools is wrong. */
  callsWrongly?: (calls: readonly ToolCall[]) => boolean;
}

/** What one event of a stream is to the relay. */
export type EventMeaning = 'content' | 'usage-only' | 'error' | 'done';

/** Longest text that is kept for hash and schema, in characters. */
const MOST_TEXT = 1024 * 1024;

interface Choice {
  index?: unknown;
  message?: { content?: unknown; refusal?: unknown; tool_calls?: unknown } | null;
  delta?: { content?: unknown; refusal?: unknown; tool_calls?: unknown } | null;
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
  const body = parse(bytes.toString('utf8'));
  if (status >= 400) {
    const outcome = isContentFilter(status, body?.error) ? 'refusal' : outcomeOfStatus(status);
    return { outcome, ...(outcome === 'refusal' && { refused: true }), toolCalls: 0, schemaChecked: false };
  }
  const known = headOf(body);
  if (body?.error != null)
    return { ...known, outcome: outcomeOfError(body.error), toolCalls: 0, schemaChecked: false };
  const choices = Array.isArray(body?.choices) ? body.choices : [];
  const choice = choices.find(isFirst) ?? choices[0];
  if (choice === undefined || choice === null)
    return { ...known, outcome: 'upstream_5xx', toolCalls: 0, schemaChecked: false };
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
  return judged(said, options);
}

export interface StreamReader {
  /** Takes the data of one event. */
  push(data: string): EventMeaning;
  /** What the stream was; `broken` where it did not end as it should. */
  end(broken?: Outcome): Answer;
}

/** Reads a streamed answer event by event. */
export function streamReader(options: ReadOptions = {}): StreamReader {
  let head: Head = {};
  let text: string | undefined = '';
  let refused = false;
  let finishReason: string | undefined;
  let failed: Outcome | undefined;
  const tools = toolCalls();

  return {
    push(data) {
      if (data === '[DONE]') return 'done';
      const body = parse(data);
      if (body === undefined) return 'content';
      if (body.error != null) {
        failed = outcomeOfError(body.error);
        return 'error';
      }
      head = { ...head, ...headOf(body) };
      const choices = Array.isArray(body.choices) ? body.choices : [];
      if (choices.length === 0) return body.usage == null ? 'content' : 'usage-only';
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
      const outcome = failed ?? broken;
      if (outcome !== undefined) {
        return { ...head, outcome, toolCalls: tools.count(), schemaChecked: false };
      }
      return judged({ ...head, text, refused, tools, finishReason }, options);
    },
  };
}

/** Callers may ask for several choices, whose deltas then come mixed; the first stands for the answer, as it does in one piece. */
function isFirst(choice: Choice | null): boolean {
  return choice !== null && (choice.index ?? 0) === 0;
}

type Head = Pick<Answer, 'usage' | 'modelAnswered' | 'responseId'>;

function headOf(body: Body | undefined): Head {
  const usage = readUsage(body?.usage);
  return {
    ...(usage && { usage }),
    ...(isText(body?.model) && { modelAnswered: body.model }),
    ...(isText(body?.id) && { responseId: body.id }),
  };
}

/**
 * The outcome of a whole answer. A refusal comes first, since no schema was meant for it; then the schema, since a cut
 * answer breaks its caller's parser like any other broken one; then the cut.
 */
function judged(
  said: Head & {
    text: string | undefined;
    refused: boolean;
    tools: ToolCalls;
    finishReason: string | undefined;
  },
  { satisfies, callsWrongly }: ReadOptions,
): Answer {
  const { text, refused, tools, finishReason, ...head } = said;
  const toolCalls = tools.count();
  const calls = toolCalls > 0 ? tools.calls() : undefined;
  const known = {
    ...head,
    ...(text !== undefined && { text }),
    ...(finishReason !== undefined && { finishReason }),
    toolCalls,
    ...(calls !== undefined && { calls }),
    ...(calls !== undefined && callsWrongly !== undefined && { toolsFailed: callsWrongly(calls) }),
  };
  const saidSo = refused || finishReason === 'content_filter';
  if (saidSo || (text !== undefined && readsAsRefusal(text))) {
    return { ...known, ...(saidSo && { refused: true }), outcome: 'refusal', schemaChecked: false };
  }
  const schemaChecked = satisfies !== undefined && text !== undefined && toolCalls === 0;
  if (schemaChecked && !satisfies(text)) return { ...known, outcome: 'schema_invalid', schemaChecked };
  return { ...known, outcome: finishReason === 'length' ? 'truncated' : 'success', schemaChecked };
}

function parse(text: string): Body | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return body !== null && typeof body === 'object' ? (body as Body) : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
