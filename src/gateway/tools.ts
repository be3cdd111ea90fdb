import type { ValidateFunction } from 'ajv';
import type { Prompt } from '../api/prompt-release.ts';
import { compileSchema } from '../api/template.ts';

/** A call of a tool in an answer. */
export interface ToolCall {
  name: string;
  /** As the model wrote them; undefined for a custom tool, whose input is any text. */
  args?: string;
}

/** Whether arguments, parsed, satisfy the schema that a revision has for one of its own tools. */
export type ArgumentsSatisfy = (tool: string, args: unknown) => boolean;

type Tool = {
  type?: unknown;
  function?: { name?: unknown; parameters?: unknown };
  custom?: { name?: unknown };
  /** In Anthropic's form the tool itself has these. */
  name?: unknown;
  input_schema?: unknown;
};

/**
 * Whether one of an answer's calls is wrong: of a tool that was not offered, or with arguments that are no JSON or do
 * not satisfy the schema. Only a revision's own tools have a schema here: one that a caller sends would have to be
 * compiled for each call.
 * @param offered `tools` of the request, as it was sent
 * @param callers `tools` as the caller sent them
 */
export function callsToolWrongly(
  calls: readonly ToolCall[],
  offered: unknown,
  callers: unknown,
  satisfy: ArgumentsSatisfy | undefined,
): boolean {
  const { names, others } = offeredBy(offered);
  return calls.some(({ name, args }) => {
    // A tool of a kind that is not known here may go by any name.
    if (!names.has(name)) return !others;
    if (args === undefined) return false;
    const parsed = parse(args);
    if (parsed === undefined) return true;
    // A caller's tool of the same name may well have other arguments, and is not the revision's to answer for.
    return satisfy !== undefined && !satisfy(name, parsed.value) && !offeredBy(callers).names.has(name);
  });
}

function offeredBy(tools: unknown): { names: Set<string>; others: boolean } {
  const names = new Set<string>();
  let others = false;
  for (const tool of Array.isArray(tools) ? (tools as (Tool | null)[]) : []) {
    const name = tool?.function?.name ?? tool?.custom?.name ?? tool?.name;
    if (typeof name === 'string') names.add(name);
    else others = true;
  }
  return { names, others };
}

function parse(args: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(args) };
  } catch {
    return undefined;
  }
}

/** Holds arguments against the schemas of a revision's own tools, each compiled when it is first needed. */
export function toolSchemas({ tools = [] }: Prompt): ArgumentsSatisfy | undefined {
  const schemas = new Map<string, Record<string, unknown>>();
  for (const tool of tools as Tool[]) {
    const { name, parameters } = tool.function ?? { name: tool.name, parameters: tool.input_schema };
    if (typeof name !== 'string' || parameters === null || typeof parameters !== 'object') continue;
    schemas.set(name, parameters as Record<string, unknown>);
  }
  if (schemas.size === 0) return undefined;
  const compiled = new Map<string, ValidateFunction | undefined>();
  return (tool, args) => {
    const schema = schemas.get(tool);
    if (schema === undefined) return true;
    if (!compiled.has(tool)) compiled.set(tool, compileOrNot(schema));
    const validate = compiled.get(tool);
    return validate === undefined || validate(args) === true;
  };
}

/** Tools are passed on in the provider's own form: a schema that only the provider understands says nothing here. */
function compileOrNot(schema: Record<string, unknown>): ValidateFunction | undefined {
  try {
    return compileSchema(schema);
  } catch {
    return undefined;
  }
}
