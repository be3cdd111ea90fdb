import { CallError } from './errors.ts';
import type { Table } from './table.ts';

/** The table that is served from now. @throws CallError `not_ready` where there is none yet */
export function tableOf({ table }: { table: () => Table | undefined }): Table {
  const current = table();
  if (current === undefined) throw new CallError('not_ready', 'the gateway is starting');
  return current;
}
