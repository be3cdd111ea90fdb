import { CallError } from '../errors.ts';
import type { PromptEntry, RouteEntry, Table } from '../table.ts';
import { type Caller, mayUse } from './caller.ts';

/**
 * What a caller means by `model`.
 * @throws CallError 404 where there is nothing of that name, 403 where it is another's: of namespaces that a caller may not
 * use it does not say either what they hold.
 */
export function entryFor(table: Table, model: string, caller: Caller): PromptEntry | RouteEntry {
  const entry = table.find(model);
  if (entry !== undefined && mayUse(caller, entry.namespace)) return entry;
  const name = model.slice(0, 200);
  const namespace = model.includes('/') ? model.split('/', 1)[0] : undefined;
  if (caller.namespaces === 'all' || (namespace !== undefined && mayUse(caller, namespace))) {
    const message = `the model "${name}" does not exist; GET /v1/models lists the names to use`;
    throw new CallError('model_not_found', message, 'model');
  }
  const message = `you may not use the model "${name}", if there is one; GET /v1/models lists the names to use`;
  throw new CallError('model_forbidden', message, 'model');
}

/** The names that a caller may use. */
export function modelsFor(table: Table, caller: Caller): readonly string[] {
  if (caller.namespaces === 'all') return table.models();
  return table.models().filter((name) => mayUse(caller, table.find(name)!.namespace));
}
