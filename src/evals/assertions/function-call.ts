import { compileSchema } from '../../api/template.ts';
import { CannotTell, type Check, shown } from './check.ts';
import { parsed } from './json.ts';

/** The answer calls tools that were offered, with arguments as their schemas have them. */
export const isValidFunctionCall: Check = ({ answer: { toolCalls = [] }, question: { tools = [] } }) => {
  const claim = 'is a valid function call';
  if (tools.length === 0) throw new CannotTell('the prompt offers no tools');
  if (toolCalls.length === 0) return { holds: false, claim, because: 'no function was called' };
  for (const { name, arguments: given } of toolCalls) {
    const because = problemOf(name, given, tools);
    if (because !== undefined) return { holds: false, claim, because };
  }
  return { holds: true, claim };
};

function problemOf(name: string, given: string, tools: readonly unknown[]): string | undefined {
  const tool = tools.map(functionOf).find((each) => each?.name === name);
  if (tool === undefined) return `${shown(name)} was not offered`;
  const json = parsed(given === '' ? '{}' : given);
  if (json === undefined) return `the arguments of ${shown(name)} are no JSON`;
  if (typeof tool.parameters !== 'object' || tool.parameters === null) return undefined;
  const satisfies = compiled(name, tool.parameters as Record<string, unknown>);
  if (satisfies(json.value)) return undefined;
  const [first] = satisfies.errors ?? [];
  return `the arguments of ${shown(name)} do not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim();
}

function compiled(name: string, schema: Record<string, unknown>) {
  try {
    return compileSchema(schema, { useDefaults: false });
  } catch (error) {
    throw new CannotTell(`the parameters of ${shown(name)} are no JSON Schema: ${(error as Error).message}`);
  }
}

/** A tool in OpenAI's form, or the function in it alone. */
function functionOf(tool: unknown): { name?: unknown; parameters?: unknown } | undefined {
  const { function: within } = (tool ?? {}) as { function?: unknown };
  return (within ?? tool) as { name?: unknown; parameters?: unknown } | undefined;
}
