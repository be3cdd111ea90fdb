import type { EvidenceCell, EvidenceReading, Outcome } from '../api/evidence.ts';
import type { Entry, Table } from './table.ts';

type Drawn = Pick<Entry<{ revision: string }>, 'uid' | 'attempt' | 'weight'>;

export interface EvidenceBook {
  /** Counts one call for the revision it was drawn to, in the cell of the split it was drawn from. */
  charge(entry: Drawn, revision: string, outcome: Outcome, schemaChecked: boolean): void;
  /** What has been counted of the releases named, or of all, and what new calls are drawn from. */
  reading(table: Table | undefined, uids?: readonly string[]): EvidenceReading;
  /** Forgets releases that are not in the table any more. */
  follow(table: Table): void;
}

interface Counted {
  attempt: number;
  cells: Map<string, EvidenceCell>;
}

/** Counts what each revision of each release served. Nothing of a call but its outcome is kept. */
export function evidenceBook(replica: string, startId: string): EvidenceBook {
  const releases = new Map<string, Counted>();

  return {
    charge({ uid, attempt, weight }, revision, outcome, schemaChecked) {
      let counted = releases.get(uid);
      if (counted === undefined) {
        counted = { attempt, cells: new Map() };
        releases.set(uid, counted);
      }
      if (attempt > counted.attempt) {
        counted.attempt = attempt;
        // The attempt before tells what stable was like; older ones nobody asks for.
        for (const [key, cell] of counted.cells) if (cell.attempt < attempt - 1) counted.cells.delete(key);
      }
      const key = `${attempt}/${weight}/${revision}`;
      let cell = counted.cells.get(key);
      if (cell === undefined) {
        cell = { attempt, weight, revision, outcomes: {}, schemaChecked: 0 };
        counted.cells.set(key, cell);
      }
      cell.outcomes[outcome] = (cell.outcomes[outcome] ?? 0) + 1;
      if (schemaChecked) cell.schemaChecked++;
    },

    reading(table, uids) {
      const asked = uids === undefined || uids.length === 0 ? [...(table?.entries.keys() ?? [])] : uids;
      const found = asked.flatMap((uid) => {
        const entry = table?.entries.get(uid);
        if (entry === undefined) return [];
        const { attempt, weight, epoch, stable } = entry;
        const cells = [...(releases.get(uid)?.cells.values() ?? [])];
        return [{ uid, serving: { attempt, weight, epoch, stable: stable.revision }, cells }];
      });
      return { replica, startId, releases: found };
    },

    follow(table) {
      for (const uid of releases.keys()) if (!table.entries.has(uid)) releases.delete(uid);
    },
  };
}
