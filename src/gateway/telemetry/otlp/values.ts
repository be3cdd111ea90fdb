/** Plain data as OTLP writes it in JSON: a value says its type, and integers of 64 bits are strings. */
export type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
  | { kvlistValue: { values: KeyValue[] } }
  | Record<string, never>;

export interface KeyValue {
  key: string;
  value: AnyValue;
}

/** Attributes as OTLP writes them. What is undefined is left out. */
export function attributes(fields: Readonly<Record<string, unknown>>): KeyValue[] {
  const written: KeyValue[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) written.push({ key, value: anyValue(value) });
  }
  return written;
}

function anyValue(value: unknown): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return numberValue(value);
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'object' && value !== null)
    return { kvlistValue: { values: attributes(value as Record<string, unknown>) } };
  return {};
}

function numberValue(value: number): AnyValue {
  if (Number.isSafeInteger(value)) return { intValue: String(value) };
  return Number.isFinite(value) ? { doubleValue: value } : {};
}

/** A moment, in ms since 1970, as OTLP writes it: nanoseconds, here to the microsecond. */
export const nanoseconds = (ms: number): string => `${Math.round(ms * 1000)}000`;
