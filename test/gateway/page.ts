import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { parseManifests } from '../../src/api/manifest.ts';
import type { Stage } from './stage.ts';

/** A page of the docs whose example is run. */
export const readPage = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../docs', name), 'utf8');

/** The blocks of code of a page that are in `language`. */
export const blocksOf = (page: string, language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, text]) => text!.trim());

/**
 * Applies the first manifests of a page, which have to be right, with its provider at `baseURL` and its route served at once.
 * @param name of the page's file, for what is wrong with it
 */
export function applyPage({ store }: Stage, name: string, page: string, baseURL: string): void {
  const [yaml] = blocksOf(page, 'yaml');
  expect(parseManifests(yaml!, `docs/${name}`).flatMap(({ problems }) => problems)).toEqual([]);
  store.secrets.set('support/openai/api-key', 'sk-planted');
  const changes: Record<string, object> = {
    ModelProvider: { baseURL },
    ModelRoute: { rollout: { strategy: 'Immediate' } },
  };
  for (const each of loadAll(yaml!) as Parameters<Stage['store']['put']>[0][])
    store.put({ ...each, spec: { ...each.spec, ...changes[each.kind] } } as typeof each);
}

/** An answer of 10,000 tokens to a question of 4,000. */
export const LONG_ANSWER = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 4_000, completion_tokens: 10_000 },
});
