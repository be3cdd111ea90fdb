import { hasPlaceholder, restoreText, type Values, valuesInJson } from '../../privacy/restore.ts';

/** Puts values back into what comes from a provider. */
export interface Restoration {
  /** Into a text. */
  text(text: string): string;
  /** Into a text of JSON, such as a tool's arguments: it stays JSON. */
  json(text: string): string;
  /** Into an answer's text. */
  answer(text: string): string;
  /** Into every text within a value, its names included. */
  value(value: unknown): unknown;
  values: { plain: Values; inJson: Values };
  /** Whether the answer's text is JSON. */
  answersJson: boolean;
}

/** @param answersJson whether JSON was asked for, so that text of an answer must stay JSON */
export function restoration(plain: Values, answersJson: boolean): Restoration {
  const inJson = valuesInJson(plain);
  const text = (given: string) => restoreText(given, plain);
  const json = (given: string) => restoreText(given, inJson);

  const restored = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return isJson(name, answersJson) ? json(value) : text(value);
    if (Array.isArray(value)) return value.map((each) => restored(each, name));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key.includes('[') ? text(key) : key, restored(each, key)]),
    );
  };
  const answer = answersJson ? json : text;
  return {
    text,
    json,
    answer,
    value: (value) => restored(value, ''),
    values: { plain, inJson },
    answersJson,
  };
}

/** Fields of any dialect's answers that hold text of JSON: arguments always, the answer where it is asked for as JSON. */
function isJson(name: string, answersJson: boolean): boolean {
  return name === 'arguments' || (answersJson && (name === 'text' || name === 'content'));
}

/** The body of an answer or error with values put back; as it came where it has no placeholder. */
export function restoredBody(body: Buffer, { value, text, values }: Restoration): Buffer | string {
  const said = body.toString('utf8');
  if (!hasPlaceholder(said, values.plain)) return body;
  try {
    return JSON.stringify(value(JSON.parse(said)));
  } catch {
    return text(said);
  }
}
