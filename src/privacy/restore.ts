/** Values by the placeholder that stands for them. */
export type Values = ReadonlyMap<string, string>;

/** Longer than any placeholder: a kind, an underscore and a number. */
const LONGEST = 60;

/** What may be a placeholder. Bounded and without a choice, so that no text takes long. */
export const PLACEHOLDER = new RegExp(`\\[[A-Z0-9_]{1,${LONGEST}}\\]`, 'g');

/** What may be the beginning of one, at the end of what has come. */
const BEGINNING = new RegExp(`^\\[[A-Z0-9_]{0,${LONGEST}}$`);

/** The text with values in place of their placeholders. Values are not looked at again; unknown placeholders stay. */
export function restoreText(text: string, values: Values): string {
  return text.replace(PLACEHOLDER, (placeholder) => values.get(placeholder) ?? placeholder);
}

/** Whether a text has any of their placeholders: it is looked through once, however many there are. */
export function hasPlaceholder(text: string, values: Values): boolean {
  return text.match(PLACEHOLDER)?.some((each) => values.has(each)) ?? false;
}

/** The values as they stand within a text of JSON. */
export function valuesInJson(values: Values): Values {
  return new Map(
    [...values].map(([placeholder, value]) => [placeholder, JSON.stringify(value).slice(1, -1)]),
  );
}

/** Restores a text that comes in pieces, wherever they are cut. */
export interface Restorer {
  /** What can be passed on after one more piece: all but what may be the beginning of a placeholder. */
  push: (piece: string) => string;
  /** What was still held back; nothing more comes. */
  end: () => string;
}

export function startRestorer(values: Values): Restorer {
  let held = '';
  return {
    push(piece) {
      const text = held + piece;
      const open = text.lastIndexOf('[');
      const cut = open !== -1 && BEGINNING.test(text.slice(open)) ? open : text.length;
      held = text.slice(cut);
      return restoreText(text.slice(0, cut), values);
    },
    end() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}
