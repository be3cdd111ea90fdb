import { findAll, type Said } from '../../privacy/find-all.ts';
import { replaceSpans } from '../../privacy/redact.ts';
import type { Detector } from '../../privacy/span.ts';
import { rewriteData, rewriteTexts } from './rewrite.ts';
import { type CallSecrets, concealer } from './secrets.ts';

/** Puts marks such as `[EMAIL]` in place of what is private in what is kept of a call. */
export interface Marking {
  /**
   * A value with marks in all its texts and names, told by what they are called, too. JSON within a text stays JSON. What
   * has nothing private stays as it is.
   */
  value(value: unknown): unknown;
  /** A text likewise. */
  text(text: string): string;
}

/**
 * @param secrets what was found in the call: what another engine found is known from nowhere else
 * @param number what a number becomes that is private: its mark, or a number so that the value keeps its form
 */
export function marking(
  detectors: readonly Detector[],
  secrets: CallSecrets | undefined,
  number: (mark: string) => string | number = (mark) => mark,
): Marking {
  const conceal = concealer(secrets);
  const hasSecrets = secrets !== undefined && secrets.vault.values.size > 0;
  const value = (given: unknown) => {
    const all: Said[] = [];
    rewriteData(
      given,
      (text, name) => {
        all.push({ text, name });
        return text;
      },
      number,
    );
    const spans = findAll(all, detectors);
    let at = 0;
    const marked = rewriteData(
      given,
      (text) => replaceSpans(text, spans[at++]!, ({ kind }) => `[${kind}]`),
      number,
    );
    return hasSecrets ? rewriteTexts({ marked }, conceal).marked : marked;
  };
  return { value, text: (text) => value(text) as string };
}
