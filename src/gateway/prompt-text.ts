/** Messages as one text, each after who speaks. */
export function promptText(messages: unknown): string {
  return (Array.isArray(messages) ? messages : [])
    .map(({ role, content }) => `${role}: ${typeof content === 'string' ? content : JSON.stringify(content)}`)
    .join('\n\n');
}
