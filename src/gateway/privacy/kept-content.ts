import { detectorsFor, KINDS } from '../../privacy/detectors.ts';
import { findAll } from '../../privacy/find-all.ts';
import { redact, replaceSpans } from '../../privacy/redact.ts';
import type { Detector } from '../../privacy/span.ts';
import { promptText } from '../prompt-text.ts';
import type { RouteEntry } from '../table.ts';
import { rewriteTexts, textsIn } from './rewrite.ts';
import { type CallSecrets, concealer } from './secrets.ts';

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
  const detectors = privacy?.detectors ?? ALL;
  const conceal = concealer(secrets);
  const clean = (text: string) =>
    text.length > MOST_REDACTED ? undefined : cut(conceal(redact(text, detectors).text));
  return {
    prompt(messages) {
      const text = textOf(messages);
      if (text === undefined || text.length > MOST_REDACTED) return undefined;
      // Within JSON an escape may hide what the text of it does not show.
      return clean(text.includes('\\u') ? textOf(marked(messages, detectors))! : text);
    },
    answer: (text) => clean(text.includes('\\u') ? String((marked([text], detectors) as string[])[0]) : text),
  };
}

function textOf(messages: unknown): string | undefined {
  if (messages === undefined) return undefined;
  return Array.isArray(messages) ? promptText(messages) : JSON.stringify(messages);
}

/** A value with marks in its texts. */
function marked(value: unknown, detectors: readonly Detector[]): unknown {
  const all = textsIn({ value });
  const spans = findAll(all, detectors);
  const clean = new Map(
    all.map((text, at) => [text, replaceSpans(text, spans[at]!, ({ kind }) => `[${kind}]`)]),
  );
  return rewriteTexts({ value }, (text) => clean.get(text) ?? text).value;
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MOST_KEPT ? text : `${text.slice(0, MOST_KEPT - 1)}…`;
}
