/** Deepest nesting. What is read without recursion cannot be written without it, and would overflow there. */
export const MOST_DEPTH = 200;
/** Objects and lists. Each takes many times the memory of the two bytes that it may be written in. */
export const MOST_CONTAINERS = 100_000;
/** Members of objects: a million names, each of its own, take more than a second to be kept. */
export const MOST_MEMBERS = 100_000;
/** Members and items. */
export const MOST_VALUES = 2_000_000;
/** Digits in a row that no number needs: with more it may be beyond what a number holds. */
const MOST_DIGITS = 300;

export interface JsonShape {
  /** What there is too much of. */
  excess?: 'depth' | 'containers' | 'members' | 'values';
  /** Whether a number may be too large to be held: it has an exponent, or very many digits. */
  hugeNumbers: boolean;
}

/** Texts that are longer are searched natively, which a short one would not repay. */
const SHORT = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * What bytes of JSON would become, told before they are parsed, in one pass without memory: ten megabytes of brackets
 * would keep every other call waiting for seconds. Of what is no JSON it says anything.
 */
export function shapeOf(bytes: Uint8Array): JsonShape {
  let depth = 0;
  let containers = 0;
  let members = 0;
  let values = 0;
  let digits = 0;
  let hugeNumbers = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39) {
      if (++digits > MOST_DIGITS) hugeNumbers = true;
      continue;
    }
    // `e` or `E` after a digit: those of `true` and `false` come after a letter.
    if (digits > 0 && (byte | 0x20) === 0x65) hugeNumbers = true;
    digits = 0;
    if (byte === QUOTE) {
      at = endOfText(bytes, at + 1);
    } else if (byte === 0x2c) {
      if (++values > MOST_VALUES) return { excess: 'values', hugeNumbers };
    } else if (byte === 0x3a) {
      if (++members > MOST_MEMBERS) return { excess: 'members', hugeNumbers };
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MOST_DEPTH) return { excess: 'depth', hugeNumbers };
      if (++containers > MOST_CONTAINERS) return { excess: 'containers', hugeNumbers };
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    }
  }
  return { hugeNumbers };
}

/** Where the text that begins at `from` has its closing quote; `bytes.length` or more where it has none. */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const near = Math.min(bytes.length, at + SHORT);
    for (; at < near && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    if (at < near || at >= bytes.length) return at;
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return bytes.length;
    // What is escaped ends nothing: a quote that an odd number of backslashes stands before.
    let before = quote;
    while (before > at && bytes[before - 1] === BACKSLASH) before--;
    if ((quote - before) % 2 === 0) return quote;
    at = quote;
  }
}
