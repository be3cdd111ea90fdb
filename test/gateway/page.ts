import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A page of the docs whose example is run. */
export const readPage = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../docs', name), 'utf8');

/** The blocks of code of a page that are in `language`. */
export const blocksOf = (page: string, language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, text]) => text!.trim());

/** An answer of 10,000 tokens to a question of 4,000. */
export const LONG_ANSWER = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 4_000, completion_tokens: 10_000 },
});
