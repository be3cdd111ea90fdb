import { linearPattern, type Pattern } from '../lib/linear-pattern.ts';
import type { Detector } from './span.ts';

/** Something else that is to be found. */
export interface CustomPattern {
  /** What its marks say: capital letters, digits and underscores, e.g. CUSTOMER_ID. */
  kind: string;
  /** A regular expression without look-around and back-references. */
  pattern: string;
}

/** Most letters of a kind's name: whoever restores a stream holds back no more than a mark. */
export const LONGEST_KIND = 40;

/** @throws RangeError for a name or a pattern that cannot be, with what to write instead */
export function customDetector({ kind, pattern }: CustomPattern): Detector {
  if (!/^[A-Z][A-Z0-9_]*$/.test(kind) || kind.length > LONGEST_KIND) {
    throw new RangeError(
      `"${kind}" is no kind: write up to ${LONGEST_KIND} capital letters, digits and underscores, such as CUSTOMER_ID`,
    );
  }
  const compiled = compile(kind, pattern);
  return { kind, spansIn: (text) => compiled.placesIn(text).map((place) => ({ kind, ...place })) };
}

function compile(kind: string, pattern: string): Pattern {
  try {
    return linearPattern(pattern);
  } catch (error) {
    throw new RangeError(`${kind}: ${error instanceof Error ? error.message : error}`);
  }
}
