import { CallError } from '../../errors.ts';
import type { Body } from '../endpoint.ts';

/** A part of a message's content, or a block, in either dialect. */
export type Part = Body & { type?: unknown; text?: unknown };

/** What cannot be said in the other dialect: the call goes to a backend that can, or back to its caller. */
export function cannotSay(what: string, dialect: string): CallError {
  return new CallError('invalid_request', `${what} cannot be said in the dialect ${dialect} of the backend`);
}

/** The parts of a content, which may be a text. */
export function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

export function listOf(value: unknown): Body[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function objectOf(value: unknown): Body {
  return isObject(value) ? value : {};
}

export function isObject(value: unknown): value is Body {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Arguments of a call as an object; what is none has no place in Anthropic's dialect. */
export function inputOf(args: unknown): Body {
  try {
    return objectOf(typeof args === 'string' ? JSON.parse(args) : args);
  } catch {
    return {};
  }
}

const DATA_URL = /^data:([^;,]+);base64,/;

/** What a data URL holds; undefined for any other URL. */
export function dataOf(url: string): { media_type: string; data: string } | undefined {
  const [head, media_type] = DATA_URL.exec(url.slice(0, 200)) ?? [];
  return head === undefined ? undefined : { media_type: media_type!, data: url.slice(head.length) };
}
