import type { EvidenceCell, EvidenceReading, Outcome } from '../api/evidence.ts';
import type { Entry, Table } from './table.ts';

type Drawn = Pick<Entry<{ revision: string }>, 'uid' | 'attempt' | 'weight'>;

export interface EvidenceBook {
  /** Counts one call for the revision it was drawn to, in the cell of the split it was drawn from. */
  charge(entry: Drawn, revision: string, outcome: Outcome, schemaChecked: boolean): void;
  /** What has been counted of the releases named, or of all, and what new calls are drawn from. */
  reading(table: Table | undefined, uids?: readonly string[]): EvidenceReading;
  /** Forgets releases that have not been in the table for ten minutes. */
  follow(table: Table): void;
}

interface Counted {
  attempt: number;
  /** Of two attempts at most, oldest first: few enough to be looked through for each call, without a key to build. */
  cells: EvidenceCell[];
  /** Since when the release is not in the table. */
  goneAt?: number;
}

/** Counts that began at zero again under the same start id would be taken for old ones; whoever comes back is back by then. */
const KEPT_MS = 600_000;

/** Counts what each revision of each release served. Nothing of a call but its outcome is kept. */
export function evidenceBook(
  replica: string,
  startId: string,
  now: () => number = () => performance.now(),
): EvidenceBook {
  const releases = new Map<string, Counted>();

  return {
    charge({ uid, attempt, weight }, revision, outcome, schemaChecked) {
      let counted = releases.get(uid);
      if (counted === undefined) {
        counted = { attempt, cells: [] };
        releases.set(uid, counted);
      }
      if (attempt > counted.attempt) {
        counted.attempt = attempt;
        // The attempt before tells what stable was like; older ones nobody asks for.
        counted.cells = counted.cells.filter((cell) => cell.attempt >= attempt - 1);
      }
      if (attempt < counted.attempt - 1) return;
      const cell = cellOf(counted.cells, attempt, weight, revision);
      cell.outcomes[outcome] = (cell.outcomes[outcome] ?? 0) + 1;
      if (schemaChecked) cell.schemaChecked++;
    },

    reading(table, uids) {
      const asked = uids === undefined || uids.length === 0 ? [...(table?.entries.keys() ?? [])] : uids;
      const found = asked.flatMap((uid) => {
        const entry = table?.entries.get(uid);
        if (entry === undefined) return [];
        const { attempt, weight, epoch, stable } = entry;
        const cells = structuredClone(releases.get(uid)?.cells ?? []);
        return [{ uid, serving: { attempt, weight, epoch, stable: stable.revision }, cells }];
      });
      return { replica, startId, releases: found };
    },

    follow(table) {
      const at = now();
      for (const [uid, counted] of releases) {
        if (table.entries.has(uid)) {
          delete counted.goneAt;
          continue;
        }
        counted.goneAt ??= at;
        if (at - counted.goneAt >= KEPT_MS) releases.delete(uid);
      }
    },
  };
}

/** The cell of a split and a revision, made where there is none. The newest is nearly always the one. */
function cellOf(cells: EvidenceCell[], attempt: number, weight: number, revision: string): EvidenceCell {
  for (let at = cells.length - 1; at >= 0; at--) {
    const cell = cells[at]!;
    if (cell.revision === revision && cell.weight === weight && cell.attempt === attempt) return cell;
  }
  const cell: EvidenceCell = { attempt, weight, revision, outcomes: {}, schemaChecked: 0 };
  cells.push(cell);
  return cell;
}
