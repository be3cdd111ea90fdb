import type { EvidenceCell, EvidenceReading, Outcome } from '../api/evidence.ts';
import type { RateMetric } from '../api/rollout.ts';
import type { Block, Counts } from './counts.ts';

/** What is counted of one arm, in the order kept: all charged calls, errors, finished, refused, held against a schema, failing it, truncated. */
type Tally = readonly number[];
const CHARGED = 0;
const FAILED = 1;
const FINISHED = 2;
const REFUSED = 3;
const CHECKED = 4;
const SCHEMA_FAILED = 5;
const TRUNCATED = 6;
const NOTHING: Tally = [0, 0, 0, 0, 0, 0, 0];

/** Which tallies are the bad calls of a metric, and out of which. */
const RATES: Record<RateMetric, [bad: number, calls: number]> = {
  ErrorRate: [FAILED, CHARGED],
  RefusalRate: [REFUSED, FINISHED],
  SchemaFailureRate: [SCHEMA_FAILED, CHECKED],
  TruncationRate: [TRUNCATED, FINISHED],
};

/** What was last read of each replica: start id, then per weight the tallies of candidate and stable. */
export type Ledger = Record<
  string,
  { start: string; cells: Record<string, [candidate: Tally, stable: Tally]> }
>;

/** What both revisions served since the last reading, at one weight. */
export interface Served {
  weight: number;
  candidate: Tally;
  stable: Tally;
}

export interface Pair {
  uid: string;
  attempt: number;
  stable: string;
  candidate: string;
}

/**
 * Turns cumulative readings into what is new since the last ones. A replica that restarted began at zero again, so
 * what it says is all new; one that did not answer keeps its last reading, and its next block is only longer.
 */
export function absorb(
  ledger: Ledger,
  readings: readonly EvidenceReading[],
  pair: Pair,
): { ledger: Ledger; served: Served[] } {
  const next: Ledger = { ...ledger };
  const served = new Map<number, Served>();
  for (const reading of readings) {
    const before = ledger[reading.replica];
    const known = before?.start === reading.startId ? before.cells : {};
    const cells = { ...known };
    for (const [weight, [candidate, stable]] of tallies(reading, pair)) {
      const last = known[weight];
      const [newCandidate, newStable] = [grown(candidate, last?.[0]), grown(stable, last?.[1])];
      cells[weight] = [candidate, stable];
      const sum = served.get(weight) ?? { weight, candidate: NOTHING, stable: NOTHING };
      served.set(weight, {
        weight,
        candidate: plus(sum.candidate, newCandidate),
        stable: plus(sum.stable, newStable),
      });
    }
    next[reading.replica] = { start: reading.startId, cells };
  }
  const some = [...served.values()].filter(
    ({ candidate, stable }) => candidate.some(Boolean) || stable.some(Boolean),
  );
  return { ledger: next, served: some.sort((a, b) => a.weight - b.weight) };
}

/** What `served` says of one metric. */
export function blockOf(metric: RateMetric, { candidate, stable }: Served): Block {
  return { candidate: countsOf(metric, candidate), stable: countsOf(metric, stable) };
}

/** Calls that the candidate was charged with. */
export const chargedCalls = ({ candidate }: Served): number => candidate[CHARGED]!;

/** What stable served before the rollout, of which its rate is guessed. */
export function servedBefore(metric: RateMetric, readings: readonly EvidenceReading[], pair: Pair): Counts {
  const cells = cellsOf(readings, pair.uid).filter(
    ({ attempt, revision }) => attempt < pair.attempt && revision === pair.stable,
  );
  return countsOf(metric, cells.map(tallyOf).reduce(plus, NOTHING));
}

function tallies(reading: EvidenceReading, pair: Pair): Map<number, [Tally, Tally]> {
  const byWeight = new Map<number, [Tally, Tally]>();
  for (const cell of cellsOf([reading], pair.uid)) {
    if (cell.attempt !== pair.attempt) continue;
    const [candidate, stable] = byWeight.get(cell.weight) ?? [NOTHING, NOTHING];
    if (cell.revision === pair.candidate) byWeight.set(cell.weight, [plus(candidate, tallyOf(cell)), stable]);
    if (cell.revision === pair.stable) byWeight.set(cell.weight, [candidate, plus(stable, tallyOf(cell))]);
  }
  return byWeight;
}

function cellsOf(readings: readonly EvidenceReading[], uid: string): EvidenceCell[] {
  return readings.flatMap(({ releases }) =>
    releases.filter((each) => each.uid === uid).flatMap(({ cells }) => cells),
  );
}

/** A caller's cancel and the gateway's own failure are charged to nobody. */
function tallyOf({ outcomes, schemaChecked }: EvidenceCell): Tally {
  const of = (...names: Outcome[]) => names.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0);
  const failed = of('rate_limited', 'upstream_4xx', 'upstream_5xx', 'timeout', 'stream_interrupted');
  const finished = of('success', 'refusal', 'truncated', 'schema_invalid');
  const schemaFailed = of('schema_invalid');
  return [
    failed + finished,
    failed,
    finished,
    of('refusal'),
    Math.max(schemaChecked, schemaFailed),
    schemaFailed,
    of('truncated'),
  ];
}

function countsOf(metric: RateMetric, tally: Tally): Counts {
  const [bad, calls] = RATES[metric];
  return { calls: tally[calls]!, bad: tally[bad]! };
}

function plus(a: Tally, b: Tally): Tally {
  return a.map((value, at) => value + b[at]!);
}

/** What is new in `now`: all of it where any count fell, since counters only fall by starting again. */
function grown(now: Tally, before: Tally = NOTHING): Tally {
  if (now.some((value, at) => value < before[at]!)) return now;
  return now.map((value, at) => value - before[at]!);
}
