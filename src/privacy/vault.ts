import { knownTexts } from './known-texts.ts';
import { replaceSpans } from './redact.ts';
import { PLACEHOLDER, type Values } from './restore.ts';
import type { Span } from './span.ts';

/** What was found in some texts that belong together, and the placeholders that stand for it. Kept in memory only. */
export interface Vault {
  /** Uses none of the placeholders that a text already has from now on, so that restoring leaves them as they are. */
  avoid(text: string): void;
  /** The text with a numbered placeholder such as `[EMAIL_1]` in place of each span, the same one for the same value. */
  hide(text: string, spans: readonly Span[]): string;
  /** The text with placeholders in place of values found before, wherever they stand. */
  conceal(text: string): string;
  /** What was found, by the placeholder that stands for it. */
  values: Values;
}

/** @param first the number of the first placeholder of each kind */
export function vault(first = 1): Vault {
  const taken = new Set<string>();
  const placeholders = new Map<string, string>();
  const next = new Map<string, number>();
  const values = new Map<string, string>();
  /** Made when it is first needed, of so many values. */
  let concealed: { of: number; by: (text: string) => string } | undefined;

  const placeholderOf = (kind: string, value: string): string => {
    const key = `${kind} ${value}`;
    const known = placeholders.get(key);
    if (known !== undefined) return known;
    let number = next.get(kind) ?? first;
    while (taken.has(`[${kind}_${number}]`)) number++;
    next.set(kind, number + 1);
    const placeholder = `[${kind}_${number}]`;
    placeholders.set(key, placeholder);
    values.set(placeholder, value);
    return placeholder;
  };

  return {
    avoid(text) {
      if (!text.includes('[')) return;
      for (const placeholder of text.match(PLACEHOLDER) ?? []) taken.add(placeholder);
    },
    hide: (text, spans) =>
      replaceSpans(text, spans, ({ kind, start, end }) => placeholderOf(kind, text.slice(start, end))),
    conceal(text) {
      if (concealed?.of !== values.size) {
        const by = new Map([...values].map(([placeholder, value]) => [value, placeholder]));
        concealed = { of: values.size, by: knownTexts(by) };
      }
      return concealed.by(text);
    },
    values,
  };
}
