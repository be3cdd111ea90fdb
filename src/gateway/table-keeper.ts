import { type Log, messageOf } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { type TableCompilerOptions, tableCompiler } from './compile.ts';
import type { Table } from './table.ts';

export interface TableKeeper {
  /** The table that new calls are served from; undefined until the source has been read once. */
  current(): Table | undefined;
  stop(): void;
}

/** Changes that come together make one new table. */
const GATHER_MS = 20;

/** Keeps the table up to date: compiled after each change and swapped whole. A failure keeps the last good one. */
export function keepTable(options: TableCompilerOptions & { onSwap?: (table: Table) => void }): TableKeeper {
  const { source, log, onSwap } = options;
  const { compile } = tableCompiler(options);
  let table: Table | undefined;
  let synced = false;
  let timer: NodeJS.Timeout | undefined;

  const swap = () => {
    timer = undefined;
    try {
      table = compile();
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the table could not be compiled; the last one goes on serving');
      return;
    }
    onSwap?.(table);
  };
  const unsubscribe = subscribe(source, log, () => {
    if (synced && timer === undefined) timer = setTimeout(swap, GATHER_MS);
  });
  source.synced().then(
    () => {
      synced = true;
      swap();
    },
    (error: unknown) => log.error({ error: messageOf(error) }, 'the resources could not be read'),
  );
  return {
    current: () => table,
    stop() {
      unsubscribe();
      clearTimeout(timer);
      synced = false;
    },
  };
}

function subscribe(source: Source, log: Log, onChange: () => void): () => void {
  return source.subscribe((change) => {
    log.debug({ kind: change.kind, name: change.name }, 'changed');
    onChange();
  });
}
