import { load } from 'js-yaml';
import { z } from 'zod';
import { messageOf } from '../../lib/log.ts';
import type { Caller } from './caller.ts';

const namespaces = z.union([z.literal('all'), z.array(z.string().min(1).max(63)).min(1).max(1_000)]);
const CallersFile = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(253),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hex digits of the SHA-256 of the key'),
        namespaces,
      }),
    )
    .max(10_000)
    .default([]),
  serviceAccounts: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'must be namespace/name'),
        namespaces,
      }),
    )
    .max(10_000)
    .default([]),
});

/** Callers that were named one by one. */
export interface KnownCallers {
  /** By the SHA-256 of their keys, in hex. */
  keys: ReadonlyMap<string, Caller>;
  /** What ServiceAccounts may use, by `namespace/name`; others may use what is in their own namespace. */
  serviceAccounts: ReadonlyMap<string, Caller>;
}

export const NOBODY: KnownCallers = { keys: new Map(), serviceAccounts: new Map() };

/**
 * Reads a file of callers, YAML or JSON.
 * @throws Error that names the field, and nothing that stands in the file, where it is none.
 */
export function parseCallersFile(text: string): KnownCallers {
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : load(text);
  } catch (error) {
    // Its message would quote the lines around.
    const [line] = /\(\d+:\d+\)/.exec(messageOf(error)) ?? [''];
    throw new Error(`it is no YAML ${line}`.trim());
  }
  const { data, error } = CallersFile.safeParse(value ?? {});
  if (data === undefined) {
    const { path, message } = error.issues[0]!;
    throw new Error(`${path.join('.') || 'the file'}: ${message}`);
  }
  return {
    keys: new Map(data.keys.map(({ sha256, ...caller }) => [sha256, caller])),
    serviceAccounts: new Map(data.serviceAccounts.map((caller) => [caller.name, caller])),
  };
}
