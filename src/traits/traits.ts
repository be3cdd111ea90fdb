import { createHash } from 'node:crypto';
import { bucketOf } from '../lib/buckets.ts';
import type { TraitsOfCall } from './counts.ts';
import { languageOf } from './language.ts';
import { sentimentOf } from './sentiment.ts';

/** What a caller sent. */
export interface Input {
  /** What users said, system and assistant left out. */
  text: string;
  /** Messages, whoever spoke. */
  messages: number;
  variables: Readonly<Record<string, unknown>>;
}

/** Eighths of a doubling in a bucket of lengths: finer ones would count one text each. */
export const LENGTH_EIGHTHS = 4;
/** Buckets that names and values are spread over. */
const HASHED = 32;
/** What goes before the name of a variable whose values are a trait. */
export const VALUE_PREFIX = 'value:';

/**
 * What the caller's part of a call is like: length and language of what users say, in messages and in variables; how many
 * messages; which variables; the values of `watched` ones, which are labels and no text.
 */
export function inputTraits({ text, messages, variables }: Input, watched: readonly string[]): TraitsOfCall {
  const texts = Object.entries(variables).filter(([name]) => !watched.includes(name));
  const said = userText([text, ...texts.map(([, value]) => value)]);
  return {
    length: lengthBucket(said.length),
    messages: String(Math.floor(Math.log2(messages + 1))),
    language: languageOf(said),
    variables: hashBucket(Object.keys(variables).toSorted().join('\n')),
    ...Object.fromEntries(watched.map((name) => [`${VALUE_PREFIX}${name}`, hashBucket(variables[name])])),
  };
}

/** What an answer is like; without a text where it was too long to be kept. */
export function answerTraits(ending: string, text: string | undefined): TraitsOfCall {
  return {
    ending,
    ...(text !== undefined && { length: lengthBucket(text.length), sentiment: sentimentOf(text) }),
  };
}

/** What a caller said of an answer; a score (0–1) by fifths. */
export function feedbackTraits({
  thumb,
  score,
}: {
  thumb?: string | undefined;
  score?: number | undefined;
}): TraitsOfCall {
  return {
    ...(thumb !== undefined && { thumb }),
    ...(score !== undefined && { score: String(Math.min(4, Math.floor(score * 5))) }),
  };
}

export function lengthBucket(length: number): string {
  return String(Math.floor(bucketOf(length) / LENGTH_EIGHTHS));
}

/** One of a few buckets that tells nothing of what is in it. Two values may share one; a change of theirs is not seen. */
function hashBucket(value: unknown): string {
  if (value === undefined) return 'absent';
  const digest = createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest();
  return String(digest[0]! % HASHED);
}

/** Characters of a call that are looked at. */
const MOST_TEXT = 100_000;

/** What users say in a request's messages or input, whatever its form; what is no text is left out. */
export function userText(asked: unknown): string {
  const found: string[] = [];
  let room = MOST_TEXT;
  const look = (value: unknown): void => {
    if (room <= 0 || value === null) return;
    if (value === '') return;
    if (typeof value === 'string') {
      found.push(value.slice(0, room));
      room -= value.length;
    } else if (Array.isArray(value)) for (const each of value) look(each);
    else if (typeof value === 'object') {
      const { role = 'user', content, text } = value as Record<string, unknown>;
      if (role === 'user') look(content ?? text);
    }
  };
  look(asked);
  return found.join('\n');
}
