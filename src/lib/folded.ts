import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** A value as short text: its JSON, deflated, in base64. `replace` is that of `JSON.stringify`. */
export function fold(value: unknown, replace?: (key: string, value: unknown) => unknown): string {
  return deflateRawSync(JSON.stringify(value, replace), { level: 9 }).toString('base64');
}

/**
 * What was folded; undefined where that cannot be told. A damaged or forged text must not fill the memory: beyond
 * `mostBytes` of JSON it is no folded value.
 */
export function unfold(text: string, mostBytes = 1024 * 1024): unknown {
  try {
    const json = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: mostBytes });
    return JSON.parse(json.toString('utf8'));
  } catch {
    return undefined;
  }
}
