import type { EvidenceCell, EvidenceReading } from '../api/evidence.ts';
import { addMeasured, grown, isNothing, type Measured, measuredOf, NOTHING, type Tally } from './measured.ts';

/** What candidate and stable were measured at, by the weight they were drawn under. */
export type Cells = Readonly<Record<string, Cell>>;
type Cell = readonly [candidate: Measured, stable: Measured];

const EMPTY_CELL: Cell = [NOTHING, NOTHING];

/** What was last read of each replica. */
export interface Ledger {
  /** By `keyOf`. */
  readonly replicas: Readonly<Record<string, Cells>>;
  /** Keys of the replicas that the last reading held; others may come back. */
  readonly present: readonly string[];
  /** What is known from before this process: until the first reading. */
  readonly kept?: KeptLedger;
}

/** A ledger as it is kept over a restart: the sum over all replicas at the weight in force, and which those were. */
export interface KeptLedger {
  /** Replicas that the sum is over, each with its start. */
  readonly members: readonly string[];
  /** Replicas read before that the sum is not over. */
  readonly gone: readonly string[];
  readonly weight: number;
  readonly cells: Cell;
  /** The other weights that have been counted at. */
  readonly others: readonly number[];
}

export const EMPTY_LEDGER: Ledger = { replicas: {}, present: [] };

/** What both revisions served since the last reading, at one weight. */
export interface Served {
  weight: number;
  candidate: Measured;
  stable: Measured;
  /** Stable's part of it by replica. */
  stableByReplica: readonly Tally[];
}

export interface Pair {
  uid: string;
  attempt: number;
  stable: string;
  candidate: string;
}

/** Replicas that are remembered after they have gone. */
const MOST_GONE = 64;

/**
 * Turns cumulative readings into what is new since the last ones. A replica that restarted began at zero again, so
 * what it says is all new; one that did not answer keeps its last reading, and its next block is only longer.
 */
export function absorb(
  ledger: Ledger,
  readings: readonly EvidenceReading[],
  pair: Pair,
): { ledger: Ledger; served: Served[] } {
  const now = readings.map((reading) => ({ reading, cells: cellsOf(reading, pair) }));
  const served = new Map<number, Served>();
  const known = ledger.kept === undefined ? ledger.replicas : resumed(ledger.kept, now, served);
  const replicas = { ...known };
  for (const { reading, cells } of now) {
    const key = keyOf(reading);
    const before = known[key] ?? {};
    for (const [weight, [candidate, stable]] of Object.entries(cells)) {
      const [lastCandidate, lastStable] = before[weight] ?? [];
      add(served, Number(weight), grown(candidate, lastCandidate), grown(stable, lastStable));
    }
    // Deleted first, so that the last ones are those read last.
    delete replicas[key];
    replicas[key] = { ...before, ...cells };
  }
  const present = readings.map(keyOf);
  const excess = Object.keys(replicas).slice(0, -(present.length + MOST_GONE));
  for (const replica of excess) delete replicas[replica];
  const some = [...served.values()].filter(
    ({ candidate, stable }) => !isNothing(candidate) || !isNothing(stable),
  );
  return { ledger: { replicas, present }, served: some.sort((a, b) => a.weight - b.weight) };
}

/** What stable served before the rollout, of which its rate is guessed. */
export function servedBefore(readings: readonly EvidenceReading[], pair: Pair): Measured {
  return cellsFor(readings, pair.uid)
    .filter(({ attempt, revision }) => attempt < pair.attempt && revision === pair.stable)
    .map(measuredOf)
    .reduce(addMeasured, NOTHING);
}

/**
 * What to keep of a ledger over a restart, while `weight` is in force. Calls of earlier weights that end during the restart
 * itself are left out: to keep what was counted of each would double what is kept.
 */
export function keptOf({ replicas, present, kept }: Ledger, weight: number): KeptLedger {
  if (kept !== undefined) return kept;
  const cells = present.map((key) => replicas[key]?.[weight] ?? EMPTY_CELL);
  const weights = Object.values(replicas).flatMap((each) => Object.keys(each).map(Number));
  const gone = Object.keys(replicas).filter((key) => !present.includes(key));
  return {
    members: present.map(idOf),
    gone: gone.map(idOf),
    weight,
    cells: cells.reduce(addCells, EMPTY_CELL),
    others: [...new Set(weights)].filter((each) => each !== weight),
  };
}

type Now = readonly { reading: EvidenceReading; cells: Cells }[];

/**
 * Goes on from a kept ledger: counts what is new in the sum over the same replicas, and returns what to compare each with
 * from here on. Where one of them has gone or started again its part of the sum is unknown: what the others served since
 * is left out then, which is a gap of seconds and says nothing for or against the candidate.
 */
function resumed(
  { members, gone, weight, cells, others }: KeptLedger,
  now: Now,
  served: Map<number, Served>,
): Ledger['replicas'] {
  const ids = now.map(({ reading }) => idOf(keyOf(reading)));
  const before = now.filter((_, at) => members.includes(ids[at]!) || gone.includes(ids[at]!));
  if (members.every((member) => ids.includes(member))) {
    const sum = now
      .filter((_, at) => members.includes(ids[at]!))
      .map((each) => each.cells[weight] ?? EMPTY_CELL)
      .reduce(addCells, EMPTY_CELL);
    add(served, weight, grown(sum[0], cells[0]), grown(sum[1], cells[1]));
  }
  for (const each of before) {
    for (const [at, [candidate, stable]] of Object.entries(each.cells)) {
      // At a weight that nothing had been counted at everything is new.
      if (Number(at) !== weight && !others.includes(Number(at))) add(served, Number(at), candidate, stable);
    }
  }
  return Object.fromEntries(before.map(({ reading, cells: read }) => [keyOf(reading), read]));
}

function add(served: Map<number, Served>, weight: number, candidate: Measured, stable: Measured): void {
  const sum = served.get(weight) ?? { weight, candidate: NOTHING, stable: NOTHING, stableByReplica: [] };
  served.set(weight, {
    weight,
    candidate: addMeasured(sum.candidate, candidate),
    stable: addMeasured(sum.stable, stable),
    stableByReplica: [...sum.stableByReplica, stable.tally],
  });
}

function addCells(one: Cell, other: Cell): Cell {
  return [addMeasured(one[0], other[0]), addMeasured(one[1], other[1])];
}

function cellsOf(reading: EvidenceReading, pair: Pair): Cells {
  const byWeight: Record<string, readonly [Measured, Measured]> = {};
  for (const cell of cellsFor([reading], pair.uid)) {
    // While it was held against its gates, or waited for its first weight, there was nothing to compare stable with.
    if (cell.attempt !== pair.attempt || cell.weight === 0) continue;
    const [candidate, stable] = byWeight[cell.weight] ?? [NOTHING, NOTHING];
    if (cell.revision === pair.candidate) {
      byWeight[cell.weight] = [addMeasured(candidate, measuredOf(cell)), stable];
    }
    if (cell.revision === pair.stable) {
      byWeight[cell.weight] = [candidate, addMeasured(stable, measuredOf(cell))];
    }
  }
  return byWeight;
}

function cellsFor(readings: readonly EvidenceReading[], uid: string): EvidenceCell[] {
  return readings.flatMap(({ releases }) =>
    releases.filter((each) => each.uid === uid).flatMap(({ cells }) => cells),
  );
}

/** Who has counted: each start of a replica counts from zero, and two of one name count apart. */
const keyOf = ({ replica, startId }: EvidenceReading): string => `${replica}\n${startId}`;

/** Short, since it is kept for each replica: FNV-1a over its key. */
function idOf(key: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of key) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0)!)) * 0x100000001b3n);
  }
  return hash.toString(36);
}
