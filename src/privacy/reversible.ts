import { find } from './find.ts';
import { type Restorer, restoreText, startRestorer } from './restore.ts';
import type { Detector } from './span.ts';
import { vault } from './vault.ts';

/** A redacted text, and the way back. What was found is kept here only, in memory. */
export interface Reversible {
  text: string;
  /** Puts what was found back into a text that has its placeholders, the redacted one or an answer to it. */
  restore: (text: string) => string;
  /** Does so for a text that comes in pieces. */
  restorer: () => Restorer;
}

/**
 * The text with a numbered placeholder such as `[EMAIL_1]` in place of all that detectors find, the same one for the same
 * value. None is used that the text already has, so restoring gives back exactly the text.
 */
export function redactReversibly(text: string, detectors: readonly Detector[]): Reversible {
  const { avoid, hide, values } = vault();
  avoid(text);
  return {
    text: hide(text, find(text, detectors)),
    restore: (given) => restoreText(given, values),
    restorer: () => startRestorer(values),
  };
}
