import type { Outcome } from '../api/evidence.ts';
import type { Heard } from './heard.ts';
import { readsAsRefusal } from './outcome.ts';
import type { OwnCuts } from './own-cuts.ts';
import type { ToolCalls } from './tool-calls.ts';
import type { ToolCall } from './tools.ts';
import type { Usage } from './usage.ts';

/** What is known of a finished answer. */
export interface Answer {
  outcome: Outcome;
  usage?: Usage | undefined;
  finishReason?: string | undefined;
  modelAnswered?: string | undefined;
  responseId?: string | undefined;
  /** The answer's text, for its hash; undefined where it was longer than is kept. */
  text?: string | undefined;
  toolCalls: number;
  /** The calls put together; absent where there are none, or more than could be kept. */
  calls?: readonly ToolCall[] | undefined;
  /** Whether the provider itself said that this is a refusal, or its filter took the prompt or the answer. */
  refused?: true | undefined;
  /** Whether one of these calls was wrong; absent where there are none, or more than could be looked at. */
  toolsFailed?: boolean | undefined;
  /** Whether it was held against a response schema. */
  schemaChecked: boolean;
  /** Of a stream whose usage was not told, or not to its end. */
  heard?: Heard | undefined;
  /** Whether the caller's own limit, or words to stop at, cut it off or may have: then what it looks like is no doing of the revision's. */
  cutByCaller?: true | undefined;
}

export interface ReadOptions {
  /** Says whether a content satisfies the revision's response schema. */
  satisfies?: (content: string) => boolean;
  /** Says whether one of an answer's calls of tools is wrong. */
  callsWrongly?: (calls: readonly ToolCall[]) => boolean;
  /** What the caller itself may end the answer by. Default: nothing. */
  own?: OwnCuts;
}

/** What one event of a stream is to the relay. */
export type EventMeaning = 'content' | 'usage-only' | 'error' | 'done';

/** Longest text that is kept for hash and schema, in characters. */
export const MOST_TEXT = 1024 * 1024;

export interface StreamReader {
  /** Takes the data of one event. */
  push(data: string): EventMeaning;
  /** What the stream was; `broken` where it did not end as it should. */
  end(broken?: Outcome): Answer;
}

/** What an answer says of itself and of what it cost. */
export type Head = Pick<Answer, 'usage' | 'modelAnswered' | 'responseId'>;

/** A whole answer in no dialect in particular. */
export interface Said extends Head {
  /** Undefined where it was longer than is kept. */
  text: string | undefined;
  /** Whether the provider itself says that this is a refusal, or its filter took the answer. */
  refused: boolean;
  /** Whether the limit on tokens cut it off. */
  truncated: boolean;
  /** Whether words to stop at may have ended it: providers of OpenAI's dialect do not tell that from an end of its own. */
  stopped: boolean;
  tools: ToolCalls;
  finishReason: string | undefined;
}

/** What is known where there was no answer, or none that is the model's. */
export function withoutAnswer(outcome: Outcome): Answer {
  return { outcome, toolCalls: 0, schemaChecked: false };
}

/**
 * The outcome of a whole answer. A refusal comes first, since no schema was meant for it; then the schema, since a cut
 * answer breaks its caller's parser like any other broken one; then the cut. One that its caller cut is held against nothing.
 */
export function judged(said: Said, { satisfies, callsWrongly, own }: ReadOptions): Answer {
  const { usage, modelAnswered, responseId, text, refused, truncated, stopped, tools, finishReason } = said;
  const cut = own !== undefined && ((truncated && own.limit) || (stopped && own.stop));
  const toolCalls = tools.count();
  const calls = toolCalls > 0 ? tools.calls() : undefined;
  const isRefusal = refused || (text !== undefined && readsAsRefusal(text));
  const schemaChecked =
    !isRefusal && satisfies !== undefined && text !== undefined && toolCalls === 0 && !cut;
  const otherwise = truncated ? 'truncated' : 'success';
  return {
    outcome: isRefusal ? 'refusal' : schemaChecked && !satisfies(text) ? 'schema_invalid' : otherwise,
    usage,
    finishReason,
    modelAnswered,
    responseId,
    text,
    toolCalls,
    calls,
    refused: refused || undefined,
    toolsFailed: calls === undefined || cut ? undefined : callsWrongly?.(calls),
    schemaChecked,
    cutByCaller: cut || undefined,
  };
}
