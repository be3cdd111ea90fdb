/** JSON of what is frozen, which is the same for many calls: a revision's own messages and tools. */
const keptJson = new WeakMap<object, string>();

/**
 * What a call says to the model, as JSON. It is most of a request and is hashed for the record besides: each of its lists is
 * written once for both.
 */
export class AskedJson {
  /** Undefined where nothing is asked. */
  readonly text: string | undefined;
  readonly #lists = new Map<unknown, string>();

  constructor(asked: unknown) {
    this.text = isPlain(asked) ? this.of(asked) : this.#value(asked);
  }

  /** An object as `JSON.stringify` writes it, with the lists that are asked in it as they were written. */
  of(body: Readonly<Record<string, unknown>>): string {
    let text = '';
    for (const name in body) {
      const json = this.#value(body[name]);
      if (json !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${json}`;
    }
    return `{${text}}`;
  }

  #value(value: unknown): string | undefined {
    if (!Array.isArray(value)) return jsonOf(value);
    let json = this.#lists.get(value);
    if (json === undefined) {
      json = Object.isFrozen(value) ? jsonOf(value)! : listJson(value);
      this.#lists.set(value, json);
    }
    return json;
  }
}

function listJson(list: readonly unknown[]): string {
  let text = '';
  for (const each of list) text += `${text === '' ? '' : ','}${jsonOf(each) ?? 'null'}`;
  return `[${text}]`;
}

function jsonOf(value: unknown): string | undefined {
  if (!isObject(value) || !Object.isFrozen(value)) return JSON.stringify(value);
  let json = keptJson.get(value);
  if (json === undefined) {
    json = JSON.stringify(value);
    keptJson.set(value, json);
  }
  return json;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isPlain = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && !Array.isArray(value);
