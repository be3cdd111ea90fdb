import { type ImportContext, isObject, type Json } from './context.ts';

const MOST_DEPTH = 50;

/** Puts what `$ref: '#/assertionTemplates/x'` names in its place; one that leads elsewhere, or in a ring, is told. */
export function dereferenced(config: Json, { leaveOut }: ImportContext): Json {
  const look = (value: unknown, where: string, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((each, at) => look(each, `${where}[${at}]`, depth));
    if (!isObject(value)) return value;
    const { $ref: reference, ...rest } = value;
    if (typeof reference === 'string' && depth < MOST_DEPTH) {
      const target = at(config, reference);
      if (target !== undefined) {
        const found = look(target, where, depth + 1);
        return isObject(found) ? { ...found, ...rest } : found;
      }
    }
    if (reference !== undefined) leaveOut(where, `$ref ${String(reference)} leads nowhere`);
    return Object.fromEntries(
      Object.entries(rest).map(([name, each]) => [
        name,
        look(each, where === '' ? name : `${where}.${name}`, depth),
      ]),
    );
  };
  return look(config, '', 0) as Json;
}

function at(config: Json, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  let value: unknown = config;
  for (const step of reference.slice(2).split('/')) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}
