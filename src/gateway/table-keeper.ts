import { setTimeout as wait } from 'node:timers/promises';
import { type Log, messageOf } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { type TableCompilerOptions, tableCompiler } from './compile.ts';
import { listedPrices } from './listed-prices.ts';
import type { Table } from './table.ts';

export interface TableKeeper {
  /** The table that new calls are served from; undefined until the source has been read once. */
  current(): Table | undefined;
  stop(): void;
}

/** Changes that come together make one new table. */
const GATHER_MS = 20;

export interface TableKeeperOptions extends TableCompilerOptions {
  /** Gets ready what a table needs, before calls are served from it. Must not reject. */
  prepare?: (table: Table) => Promise<void>;
  /** How long a table that changes the one in force waits for it. 2 s if not given: no rollback waits for a Secret. */
  prepareMs?: number;
  onSwap?: (table: Table) => void;
}

/** Keeps the table up to date: compiled after each change and swapped whole. A failure keeps the last good one. */
export function keepTable(options: TableKeeperOptions): TableKeeper {
  const { source, log, prepare = async () => {}, prepareMs = 2_000, onSwap } = options;
  const prices = listedPrices(source, log);
  const { compile } = tableCompiler({ listed: prices.current, ...options });
  let table: Table | undefined;
  let synced = false;
  let timer: NodeJS.Timeout | undefined;

  let swapping = false;
  let changed = false;

  const swap = async (): Promise<void> => {
    timer = undefined;
    swapping = true;
    changed = false;
    try {
      await prices.load();
      const next = compile();
      await (table === undefined
        ? prepare(next)
        : Promise.race([prepare(next), wait(prepareMs, undefined, { ref: false })]));
      if (!synced) return;
      table = next;
      onSwap?.(next);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the table could not be compiled; the last one goes on serving');
    } finally {
      swapping = false;
      if (changed) schedule();
    }
  };
  const schedule = () => {
    changed = true;
    if (synced && !swapping && timer === undefined) timer = setTimeout(swap, GATHER_MS);
  };
  const unsubscribe = subscribe(source, log, schedule);
  source.synced().then(
    () => {
      synced = true;
      void swap();
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
