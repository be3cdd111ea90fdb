import type { ValidateFunction } from 'ajv';
import type { Message, PromptContent } from '../api/prompt-release.ts';
import { compileSchema, parseTemplate, renderTemplate } from '../api/template.ts';
import type { Body, PromptParts } from './dialects/endpoint.ts';
import { chat } from './dialects/openai/chat.ts';
import { CallError } from './errors.ts';
import { withoutOverruled } from './own-cuts.ts';
import { revisionParameters } from './parameters.ts';
import type { PromptArm } from './table.ts';
import { toolSchemas } from './tools.ts';

type Variables = Record<string, unknown>;

/**
 * Compiles what a revision says: templates are taken apart and whatever is the same for each call made once, schemas
 * compiled when they are first needed. The prompt's parameters win over the backend's, and both over the caller's, since
 * they are what is being rolled out; what none of them names passes through.
 * @throws Error where the content is no prompt: the controller has not let such a revision through.
 */
export function compilePrompt({
  prompt,
  parameters = {},
}: PromptContent): Pick<PromptArm, 'render' | 'answerSatisfies' | 'argumentsSatisfy'> {
  const messages = compileMessages(prompt.messages);
  const readVariables = compileVariables(prompt.variables);
  const satisfies = prompt.responseSchema && lazySchema(prompt.responseSchema);
  const argumentsSatisfy = toolSchemas(prompt);
  const fixed = revisionParameters(parameters);
  const { responseSchema } = prompt;
  const tools = Object.freeze([...(prompt.tools ?? [])]);

  return {
    render(body, ofBackend = {}, { place } = chat) {
      const { metadata, variables, ...rest } = body;
      const [given, otherMetadata] = variablesOf(metadata, variables);
      const read = readVariables(given);
      const parameters = { ...ofBackend, ...fixed };
      const parts: PromptParts = {
        around: (own) => messages(read, own),
        ...(responseSchema && { responseSchema }),
        tools,
        parameters,
      };
      const rendered = place(withoutOverruled(rest, parameters), parts);
      if (otherMetadata !== undefined) rendered.metadata = otherMetadata;
      return rendered;
    },
    ...(satisfies && { answerSatisfies: (content: string) => satisfiesSchema(satisfies(), content) }),
    ...(argumentsSatisfy && { argumentsSatisfy }),
  };
}

function satisfiesSchema(validate: ValidateFunction, content: string): boolean {
  try {
    return validate(JSON.parse(content)) === true;
  } catch {
    return false;
  }
}

/** Thousands of revisions may be there and few called: a schema takes half a millisecond, in which no call is served. */
function lazySchema(schema: Record<string, unknown>): () => ValidateFunction {
  let compiled: ValidateFunction | undefined;
  return () => {
    compiled ??= compileSchema(schema);
    return compiled;
  };
}

/** Joins the prompt's messages and the caller's, which go to the placeholder or to the end. */
function compileMessages(
  messages: readonly Message[],
): (variables: Variables, own: readonly unknown[]) => unknown[] {
  type Part = 'own' | ((variables: Variables) => object);
  const parts = messages.map(({ role, content, placeholder }): Part => {
    if (placeholder !== undefined) return 'own';
    const template = parseTemplate(content ?? '');
    if (template.every((part) => 'text' in part)) {
      const constant = Object.freeze({ role, content: renderTemplate(template, {}) });
      return () => constant;
    }
    return (variables) => ({ role, content: renderTemplate(template, variables) });
  });
  if (!parts.includes('own')) parts.push('own');
  return (variables, own) => {
    const joined: unknown[] = [];
    for (const part of parts) {
      if (part !== 'own') joined.push(part(variables));
      else for (const each of own) joined.push(each);
    }
    return joined;
  };
}

function compileVariables(schema: Record<string, unknown> | undefined): (given: Variables) => Variables {
  if (schema === undefined) return (given) => given;
  const schemaOnce = lazySchema(schema);
  return (given) => {
    const validate = schemaOnce();
    // Defaults are written into the value that is checked.
    const variables = structuredClone(given);
    if (validate(variables)) return variables;
    const [error] = validate.errors ?? [];
    const where = error?.instancePath ? ` ${error.instancePath.slice(1).replaceAll('/', '.')}` : '';
    throw new CallError(
      'invalid_variables',
      `variables${where} ${error?.message ?? 'are not as declared'}`,
      'variables',
    );
  };
}

/** The variables that a caller gave, before defaults; none where a route was called with something else in their place. */
export function givenVariables({ metadata, variables }: Body): Variables {
  try {
    return variablesOf(metadata, variables)[0];
  } catch {
    return {};
  }
}

/** `metadata.variables`, or `variables` (what clients send as extra_body), and what else `metadata` holds. */
function variablesOf(metadata: unknown, variables: unknown): [given: Variables, otherMetadata: unknown] {
  const isMap = metadata !== null && typeof metadata === 'object' && !Array.isArray(metadata);
  if (variables !== undefined) return [mapOf(variables), metadata];
  if (!isMap || !Object.hasOwn(metadata, 'variables')) return [{}, metadata];
  const { variables: given, ...others } = metadata as Body;
  return [mapOf(given), Object.keys(others).length === 0 ? undefined : others];
}

/** Clients whose metadata takes only strings send the variables as JSON. */
function mapOf(given: unknown): Variables {
  const value = typeof given === 'string' ? parsed(given) : given;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CallError('invalid_variables', 'variables must be an object', 'variables');
  }
  return value as Variables;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
