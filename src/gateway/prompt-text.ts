import { wordOf } from './dialects/json.ts';

/** Messages as one text, each after who speaks. What a caller sends in their place is none of them, and stands as it is. */
export function promptText(messages: unknown): string {
  return (Array.isArray(messages) ? (messages as unknown[]) : [])
    .map((each) => {
      if (each === null || typeof each !== 'object' || !('role' in each)) return wordOf(each);
      const { role, content } = each as { role: unknown; content?: unknown };
      return `${wordOf(role)}: ${wordOf(content)}`;
    })
    .join('\n\n');
}
