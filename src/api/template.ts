import { Ajv, type ValidateFunction } from 'ajv';
import mustache from 'mustache';
import { linearRegExp } from '../lib/linear-pattern.ts';
import type { Prompt } from './prompt-release.ts';

/** Something wrong in a prompt, at a field. */
export interface PromptProblem {
  path: string;
  message: string;
}

/** What a template is made of: text as it is, and names of variables. */
export type TemplatePart = { text: string } | { variable: readonly string[] };

/**
 * Takes a Mustache template without logic apart: only `{{name}}` and `{{name.of.a.part}}`. Sections, partials, other
 * delimiters and functions could loop, fetch or read what is nobody's business.
 * @throws SyntaxError saying what is not allowed.
 */
export function parseTemplate(content: string): TemplatePart[] {
  return mustache.parse(content).flatMap((token): TemplatePart[] => {
    const [type, value] = token as unknown as [string, string];
    if (type === 'text') return [{ text: value }];
    if (type === '!') return [];
    if (type !== 'name' && type !== '&') {
      throw new SyntaxError(
        `"{{${type === '=' ? '=' : type}${value}}}" is not allowed: a template has only {{variables}}`,
      );
    }
    const path = value.split('.');
    if (!path.every((part) => /^[A-Za-z_][\w-]*$/.test(part))) {
      throw new SyntaxError(
        `"{{${value}}}" is no variable: use letters, digits, "-" and "_", parts joined by "."`,
      );
    }
    return [{ variable: path }];
  });
}

/** Fills in a template. Only own properties are read; what is missing leaves nothing. Nothing is HTML-escaped. */
export function renderTemplate(parts: readonly TemplatePart[], variables: Record<string, unknown>): string {
  let text = '';
  for (const part of parts) text += 'text' in part ? part.text : show(lookUp(variables, part.variable));
  return text;
}

function lookUp(variables: Record<string, unknown>, path: readonly string[]): unknown {
  let value: unknown = variables;
  for (const name of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function show(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const SCHEMA_OPTIONS = {
  strict: false,
  allErrors: false,
  useDefaults: true,
  validateFormats: false,
  logger: false,
  // Schemas are one user's, and what is held against them another's or a model's.
  code: { regExp: linearRegExp },
} as const;

/** Holds schemas against the schema of schemas, which takes thirty times as long to compile as one of them. */
const checker = new Ajv(SCHEMA_OPTIONS);

/**
 * Compiles a JSON Schema as prompts carry them: unknown keywords and formats are left alone, defaults filled in unless
 * that is not wanted, patterns read as RE2 does. Each has a compiler of its own: in a shared one the `$id` of one schema could put
 * itself in the place of another's.
 * @throws Error where it is no valid schema.
 */
export function compileSchema(
  schema: Record<string, unknown>,
  { useDefaults = true }: { useDefaults?: boolean } = {},
): ValidateFunction {
  checker.validateSchema(schema, true);
  const validate = new Ajv({ ...SCHEMA_OPTIONS, useDefaults, validateSchema: false }).compile(schema);
  // It would answer with a promise, which is always true, and whose rejection nobody handles.
  if ('$async' in validate) throw new Error('"$async" is not allowed');
  return validate;
}

/** What is wrong in a prompt, with the path of the field; empty where nothing is. */
export function checkPrompt(prompt: Prompt): PromptProblem[] {
  const found: PromptProblem[] = [];
  for (const name of ['variables', 'responseSchema'] as const) {
    const why = prompt[name] === undefined ? undefined : schemaProblem(prompt[name]);
    if (why !== undefined)
      found.push({ path: `spec.prompt.${name}`, message: `is no valid JSON Schema: ${why}` });
  }
  for (const [at, { content }] of prompt.messages.entries()) {
    if (content === undefined) continue;
    const path = `spec.prompt.messages[${at}].content`;
    try {
      for (const part of parseTemplate(content)) {
        if ('variable' in part && !declares(prompt.variables, part.variable)) {
          const name = part.variable.join('.');
          const remedy = 'declare it under spec.prompt.variables.properties or correct the name';
          found.push({ path, message: `uses the unknown variable "${name}"; ${remedy}` });
        }
      }
    } catch (error) {
      found.push({
        path,
        message: `is no template: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  return found;
}

function schemaProblem(schema: Record<string, unknown>): string | undefined {
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the schema names the variable; parts below one whose schema names no properties are its own business. */
function declares(schema: Record<string, unknown> | undefined, path: readonly string[]): boolean {
  let at: unknown = schema;
  for (const [depth, name] of path.entries()) {
    const properties = (at as { properties?: unknown } | undefined)?.properties;
    if (properties === undefined || properties === null || typeof properties !== 'object') return depth > 0;
    if (!Object.hasOwn(properties, name)) return false;
    at = (properties as Record<string, unknown>)[name];
  }
  return true;
}
