type Named = { type?: unknown; function?: { name?: unknown; description?: unknown; parameters?: unknown } };

/** A tool of OpenAI's form in Anthropic's; any other as it is. */
export function anthropicTool(tool: unknown): unknown {
  const { type, function: declared } = (tool ?? {}) as Named;
  if (type !== 'function' || declared === undefined) return tool;
  const { name, description, parameters } = declared;
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: parameters ?? { type: 'object', properties: {} },
  };
}
