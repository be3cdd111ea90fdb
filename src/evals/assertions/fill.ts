import { parseTemplate, renderTemplate } from '../../api/template.ts';
import { CannotTell } from './check.ts';

/**
 * A value with `{{variables}}` of the case filled in, wherever there is text in it.
 * @throws CannotTell where a text is no template.
 */
export function filledIn(value: unknown, vars: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string') return value.includes('{{') ? filledText(value, vars) : value;
  if (Array.isArray(value)) return value.map((each) => filledIn(each, vars));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledIn(each, vars)]));
}

function filledText(text: string, vars: Readonly<Record<string, unknown>>): string {
  try {
    return renderTemplate(parseTemplate(text), vars);
  } catch (error) {
    throw new CannotTell(`value: ${(error as Error).message}`);
  }
}
