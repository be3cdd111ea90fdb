interface Named {
  type?: unknown;
  function?: { name?: unknown; description?: unknown; parameters?: unknown } | null;
  cache_control?: unknown;
}

/** A tool of OpenAI's form in Anthropic's, with its mark for the provider's cache; any other as it is. */
export function anthropicTool(tool: unknown): unknown {
  const { type, function: declared, cache_control } = (tool ?? {}) as Named;
  if (type !== 'function' || declared === null || typeof declared !== 'object') return tool;
  const { name, description, parameters } = declared;
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: parameters ?? { type: 'object', properties: {} },
    ...(cache_control != null && { cache_control }),
  };
}
