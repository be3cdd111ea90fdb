import { linearPattern, type Pattern } from '../../lib/linear-pattern.ts';
import { CannotTell, type Check, shown, textOf, textsOf, wordsOf } from './check.ts';
import { deepEqual } from './deep-equal.ts';
import { editsWithin } from './edits.ts';
import { parsed } from './json.ts';

/** Text as it is, or what JSON says, whatever the order of its keys. */
export const equals: Check = ({ value, answer }) => {
  const claim = `equals ${shown(value)}`;
  if (typeof value !== 'object' || value === null) return { holds: answer.text === textOf(value), claim };
  const json = parsed(answer.text);
  return { holds: json !== undefined && deepEqual(json.value, value), claim };
};

const asItIs = (text: string): string => text;
const lower = (text: string): string => text.toLowerCase();

const containing =
  (fold: typeof lower): Check =>
  ({ value, answer }) => {
    const wanted = wordsOf(value);
    return { holds: fold(answer.text).includes(fold(wanted)), claim: `contains ${shown(wanted)}` };
  };

const containingAny =
  (fold: typeof lower): Check =>
  ({ value, answer }) => {
    const wanted = textsOf(value);
    const text = fold(answer.text);
    return {
      holds: wanted.some((each) => text.includes(fold(each))),
      claim: `contains one of ${shown(wanted)}`,
    };
  };

const containingAll =
  (fold: typeof lower): Check =>
  ({ value, answer }) => {
    const wanted = textsOf(value);
    const text = fold(answer.text);
    const missing = wanted.filter((each) => !text.includes(fold(each)));
    const holds = missing.length === 0;
    return {
      holds,
      claim: `contains all of ${shown(wanted)}`,
      ...(!holds && { because: `${shown(missing)} is missing` }),
    };
  };

export const contains = containing(asItIs);
export const icontains = containing(lower);
export const containsAny = containingAny(asItIs);
export const icontainsAny = containingAny(lower);
export const containsAll = containingAll(asItIs);
export const icontainsAll = containingAll(lower);

export const startsWith: Check = ({ value, answer }) => {
  const wanted = wordsOf(value);
  return { holds: answer.text.startsWith(wanted), claim: `starts with ${shown(wanted)}` };
};

/** RE2's syntax: a suite may not stop the process with a pattern. */
export const regex: Check = ({ value, answer }) => {
  const source = wordsOf(value);
  return { holds: patternOf(source).test(answer.text), claim: `matches ${shown(source)}` };
};

function patternOf(source: string): Pattern {
  try {
    return linearPattern(source);
  } catch (error) {
    throw new CannotTell((error as Error).message);
  }
}

const DEFAULT_EDITS = 5;
/** Edits times letters: about a second of work. */
const MOST_WORK = 100_000_000;

/** At most `threshold` letters added, left out or changed. */
export const levenshtein: Check = ({ value, threshold = DEFAULT_EDITS, answer }) => {
  const wanted = textOf(value);
  if (threshold * Math.max(answer.text.length, wanted.length) > MOST_WORK)
    throw new CannotTell('texts as long as these can only be compared with a lower threshold');
  const holds = editsWithin(answer.text, wanted, threshold) !== undefined;
  return { holds, claim: `is within ${threshold} edits of ${shown(wanted)}` };
};

/** So many words, or `{min, max}`. */
export const wordCount: Check = ({ value, answer }) => {
  const count = answer.text.split(/\s+/).filter((word) => word !== '').length;
  const { min, max, claim } = rangeOf(value);
  return { holds: count >= min && count <= max, claim, because: `it has ${count}` };
};

function rangeOf(value: unknown): { min: number; max: number; claim: string } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { min, max } = value as { min?: unknown; max?: unknown };
    if (min === undefined && max === undefined) throw new CannotTell('value has neither min nor max');
    const range = {
      min: min === undefined ? 0 : wholeNumber(min),
      max: max === undefined ? Infinity : wholeNumber(max),
    };
    return {
      ...range,
      claim: `has ${range.min} to ${max === undefined ? 'any number of' : range.max} words`,
    };
  }
  const exact = wholeNumber(value);
  return { min: exact, max: exact, claim: `has ${exact} words` };
}

function wholeNumber(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0) return number;
  throw new CannotTell(`a number of words is a whole number, and not ${shown(value)}`);
}
