import type { Answer, Helpers, Question } from '../grade.ts';

/** What one assertion holds an answer against. */
export interface Given {
  /** `value` of the assertion, with the variables of the case filled in. */
  value: unknown;
  threshold?: number;
  answer: Answer;
  question: Question;
  helpers: Helpers;
}

/** Whether the answer is as the assertion says, before `not-` turns it round. */
export interface Finding {
  holds: boolean;
  /** 0 to 1; absent: 1 where it holds, 0 where it does not. */
  score?: number;
  /** What the answer is or is not: `contains "Acme"`, to be read after "the answer" and with "not" before it. */
  claim: string;
  /** What was found instead, where that says more. */
  because?: string;
}

/** @throws CannotTell where the answer cannot be held against the assertion; nobody is to blame for that. */
export type Check = (given: Given) => Finding | Promise<Finding>;

/** Why an answer could not be held against an assertion, in words. */
export class CannotTell extends Error {}

/** The value as one text; numbers and switches are read as they are written. */
export function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new CannotTell(`value must be text, and is ${shown(value)}`);
}

/** As `textOf`, of what must say something. */
export function wordsOf(value: unknown): string {
  const text = textOf(value);
  if (text === '') throw new CannotTell('value must not be empty');
  return text;
}

/** A list of texts, or one text with commas between them; commas within double quotes divide nothing. None is empty. */
export function textsOf(value: unknown): string[] {
  if (Array.isArray(value) && value.length === 0) throw new CannotTell('value must name a text at least');
  if (Array.isArray(value)) return value.map(wordsOf);
  const texts = [...wordsOf(value).matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)/gy)]
    .map(([, quoted, plain]) => quoted?.replaceAll(/\\(.)/g, '$1') ?? plain?.trim() ?? '')
    .filter((text, at, all) => text !== '' || at < all.length - 1);
  return texts.map(wordsOf);
}

/** A value in a message: short, and on one line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}
