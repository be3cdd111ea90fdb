import type { ToolCall } from './tools.ts';

/** One call as providers write it, whole or as a part of it in a stream. */
interface Part {
  index?: unknown;
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown } | null;
  custom?: { name?: unknown } | null;
}

/** Longest arguments of an answer's calls together, in characters, and most calls, that are kept to be judged. */
const MOST_TEXT = 1024 * 1024;
const MOST_CALLS = 256;

/** Puts an answer's calls of tools together. */
export interface ToolCalls {
  /** Takes `tool_calls` of a message, each call whole. */
  addWhole(calls: unknown): void;
  /** Takes `tool_calls` of a delta, each a part of a call. */
  addParts(parts: unknown): void;
  /** How many there are; 256 where there are more. */
  count(): number;
  /** The calls put together; undefined where they are more than is kept. */
  calls(): readonly ToolCall[] | undefined;
}

export function toolCalls(): ToolCalls {
  /** By index, in the order in which they began. */
  const known = new Map<unknown, ToolCall>();
  let size = 0;
  let last: unknown;

  const add = (key: unknown, part: Part | null): void => {
    let call = known.get(key);
    if (call === undefined) {
      if (known.size >= MOST_CALLS) {
        size = Number.POSITIVE_INFINITY;
        return;
      }
      call = { name: '' };
      known.set(key, call);
    }
    last = key;
    const { name = part?.custom?.name, arguments: args } = part?.function ?? {};
    // Some providers repeat the name in each part.
    if (typeof name === 'string' && name !== '') call.name = name;
    if (part?.custom != null) return;
    call.args ??= '';
    if (typeof args !== 'string') return;
    size += args.length;
    if (size <= MOST_TEXT) call.args += args;
  };
  /** Providers that give each call in one part leave the index out; without an id it goes on with the last. */
  const keyOf = (part: Part | null): unknown => {
    if (part?.index !== undefined) return part.index;
    return last === undefined || part?.id !== undefined ? {} : last;
  };

  return {
    addWhole(calls) {
      for (const call of listOf(calls)) add({}, call);
    },
    addParts(parts) {
      for (const part of listOf(parts)) add(keyOf(part), part);
    },
    count: () => known.size,
    calls: () => (size > MOST_TEXT ? undefined : [...known.values()]),
  };
}

function listOf(parts: unknown): (Part | null)[] {
  return Array.isArray(parts) ? (parts as (Part | null)[]) : [];
}
