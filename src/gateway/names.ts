import { nameOf } from '../api/resource.ts';
import type { PromptEntry, RouteEntry, Table } from './table.ts';

/**
 * The names that callers may use: `namespace/name` always; `name` alone in the default namespace, else where only one
 * namespace has it. A PromptRelease comes before a ModelRoute of the same name.
 */
export function namesOf(
  prompts: readonly PromptEntry[],
  routes: readonly RouteEntry[],
  defaultNamespace: string | undefined,
): Pick<Table, 'find' | 'models'> {
  const full = new Map<string, PromptEntry | RouteEntry>();
  for (const entry of [...routes, ...prompts]) full.set(nameOf(entry), entry);

  const short = new Map<string, PromptEntry | RouteEntry | 'ambiguous'>();
  for (const entry of full.values()) {
    const known = short.get(entry.name);
    short.set(entry.name, known === undefined ? entry : 'ambiguous');
  }
  for (const entry of full.values()) {
    if (entry.namespace === defaultNamespace) short.set(entry.name, entry);
  }
  const models = [...full.values()]
    .map((entry) => (short.get(entry.name) === entry ? entry.name : nameOf(entry)))
    .sort();
  return {
    models: () => models,
    find(model) {
      const found = model.includes('/') ? full.get(model) : short.get(model);
      return found === 'ambiguous' ? undefined : found;
    },
  };
}
