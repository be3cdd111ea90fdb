import type { EvidenceCell, EvidenceReading } from '../api/evidence.ts';
import type { Answered } from './call-token.ts';
import { addCharge, addOpinion, type Charge, cellOf, type Opinion, sumOfCells } from './cells.ts';
import type { Entry, Table } from './table.ts';

type Drawn = Pick<Entry<{ revision: string }>, 'uid' | 'attempt' | 'weight'>;

export interface EvidenceBook {
  /** Counts one call for the revision it was drawn to, in the cell of the split it was drawn from. */
  charge(entry: Drawn, revision: string, charge: Charge): void;
  /** Counts what was said of an answer; false where its rollout is too long ago to be judged, and nothing is counted. */
  feedback(answered: Answered, opinion: Opinion): boolean;
  /** What has been counted of the releases named, or of all, and what new calls are drawn from. */
  reading(table: Table | undefined, uids?: readonly string[]): EvidenceReading;
  /** Learns which releases are at rest, and forgets those that have not been in the table for ten minutes. */
  follow(table: Table): void;
}

interface Counted {
  attempt: number;
  /** Of two attempts at most, oldest first: few enough to be looked through for each call, without a key to build. */
  cells: EvidenceCell[];
  /** What was counted at rest in the window before this one. */
  faded: EvidenceCell[];
  windowSince: number;
  /** Whether new calls are drawn without a candidate. */
  atRest: boolean;
  /** Since when the release is not in the table. */
  goneAt?: number;
}

/** Counts that began at zero again under the same start id would be taken for old ones; whoever comes back is back by then. */
const KEPT_MS = 600_000;
/** Counts at rest tell what stable was like before a rollout, for which last month's calls are no witness. */
const WINDOW_MS = 3_600_000;

/**
 * Counts what each revision of each release served. Nothing of a call but its measures is kept. Counts of a rollout only
 * grow; those of the time at rest (weight 0) are of this window and the one before, an hour each, and stand still from
 * the beginning of the next rollout on.
 */
export function evidenceBook(
  replica: string,
  startId: string,
  now: () => number = () => performance.now(),
): EvidenceBook {
  const releases = new Map<string, Counted>();

  const turn = (counted: Counted): void => {
    if (!counted.atRest) return;
    const age = now() - counted.windowSince;
    if (age < WINDOW_MS) return;
    counted.faded = age < 2 * WINDOW_MS ? counted.cells.filter(({ weight }) => weight === 0) : [];
    counted.cells = counted.cells.filter(({ weight }) => weight !== 0);
    counted.windowSince += Math.floor(age / WINDOW_MS) * WINDOW_MS;
  };

  /** Where a release's calls are counted; undefined for an attempt so old that nobody asks for it. */
  const countedOf = ({ uid, attempt, weight }: Drawn): Counted | undefined => {
    let counted = releases.get(uid);
    if (counted === undefined) {
      counted = { attempt, cells: [], faded: [], windowSince: now(), atRest: weight === 0 };
      releases.set(uid, counted);
    }
    turn(counted);
    if (attempt > counted.attempt) {
      counted.attempt = attempt;
      // The attempt before tells what stable was like; older ones nobody asks for.
      counted.cells = counted.cells.filter((cell) => cell.attempt >= attempt - 1);
      counted.faded = counted.faded.filter((cell) => cell.attempt >= attempt - 1);
    }
    return attempt < counted.attempt - 1 ? undefined : counted;
  };

  return {
    charge(entry, revision, charge) {
      const { attempt, weight } = entry;
      const counted = countedOf(entry);
      if (counted !== undefined) addCharge(cellOf(counted.cells, { attempt, weight, revision }), charge);
    },

    feedback(answered, opinion) {
      const counted = countedOf(answered);
      if (counted !== undefined) addOpinion(cellOf(counted.cells, answered), opinion);
      return counted !== undefined;
    },

    reading(table, uids) {
      const asked = uids === undefined || uids.length === 0 ? [...(table?.entries.keys() ?? [])] : uids;
      const found = asked.flatMap((uid) => {
        const entry = table?.entries.get(uid);
        if (entry === undefined) return [];
        const { attempt, weight, epoch, stable } = entry;
        const counted = releases.get(uid);
        if (counted !== undefined) turn(counted);
        const cells = counted === undefined ? [] : sumOfCells([...counted.faded, ...counted.cells]);
        return [{ uid, serving: { attempt, weight, epoch, stable: stable.revision }, cells }];
      });
      return { replica, startId, releases: found };
    },

    follow(table) {
      const at = now();
      for (const [uid, counted] of releases) {
        const entry = table.entries.get(uid);
        if (entry !== undefined) {
          turn(counted);
          counted.atRest = entry.candidate === undefined;
          delete counted.goneAt;
          continue;
        }
        counted.goneAt ??= at;
        if (at - counted.goneAt >= KEPT_MS) releases.delete(uid);
      }
    },
  };
}
