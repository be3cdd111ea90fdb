import { detectorsFor, KINDS } from '../../privacy/detectors.ts';
import { promptText } from '../prompt-text.ts';
import type { RouteEntry } from '../table.ts';
import { marking } from './marking.ts';
import type { CallSecrets } from './secrets.ts';

/** What of a call's content its record keeps beside hashes. */
export interface KeptContent {
  /** What was said to the model, as one text; undefined where it is longer than can be redacted. */
  prompt(messages: unknown): string | undefined;
  answer(text: string): string | undefined;
}

/** Longest text that is redacted for a record, and longest that a record has, in characters. */
export const MOST_REDACTED = 256 * 1024;
export const MOST_KEPT = 16 * 1024;

const ALL = detectorsFor(KINDS);

/** Undefined where a route's records keep none. What was redacted in a call is never put back here. */
export function keptContent(
  { logContent, privacy }: Pick<RouteEntry, 'logContent' | 'privacy'>,
  secrets: CallSecrets | undefined,
): KeptContent | undefined {
  if (logContent === 'Full') return { prompt: (messages) => cut(textOf(messages)), answer: cut };
  if (logContent !== 'Redacted') return undefined;
  const marked = marking(privacy?.detectors ?? ALL, secrets);
  return {
    prompt(messages) {
      const { length } = textOf(messages) ?? '';
      // Its texts are looked at, and not the text of them as JSON: there a value is not called by its name.
      return length > MOST_REDACTED ? undefined : cut(textOf(marked.value(messages)));
    },
    answer: (text) => (text.length > MOST_REDACTED ? undefined : cut(marked.text(text))),
  };
}

function textOf(messages: unknown): string | undefined {
  if (messages === undefined) return undefined;
  return Array.isArray(messages) ? promptText(messages) : JSON.stringify(messages);
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MOST_KEPT ? text : `${text.slice(0, MOST_KEPT - 1)}…`;
}
