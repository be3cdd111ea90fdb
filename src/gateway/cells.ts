import { type Buckets, type EvidenceCell, type Outcome, SCORE_STEPS } from '../api/evidence.ts';
import { bucketOf } from '../lib/buckets.ts';

/** What one call comes to for the revision that it was drawn to. What is absent is unknown, or none of its business. */
export interface Charge {
  outcome: Outcome;
  schemaChecked: boolean;
  /** Whether a call of a tool in the answer was wrong; absent where none was called. */
  toolsFailed?: boolean | undefined;
  /** Until the answer was whole, or the call timed out. */
  latencyMs?: number | undefined;
  /** Until the first byte of a streamed answer. */
  firstTokenMs?: number | undefined;
  /** In millionths of a USD. */
  cost?: number | undefined;
  outputTokens?: number | undefined;
}

/** Adds one call to a cell. */
export function addCharge(cell: EvidenceCell, charge: Charge): void {
  const { outcome, toolsFailed, latencyMs, firstTokenMs, cost, outputTokens } = charge;
  cell.outcomes[outcome] = (cell.outcomes[outcome] ?? 0) + 1;
  if (charge.schemaChecked) cell.schemaChecked++;
  if (toolsFailed !== undefined) {
    cell.tools ??= { checked: 0, failed: 0 };
    cell.tools.checked++;
    if (toolsFailed) cell.tools.failed++;
  }
  if (latencyMs !== undefined) cell.latency = inBucket(cell.latency, latencyMs);
  if (firstTokenMs !== undefined) cell.firstToken = inBucket(cell.firstToken, firstTokenMs);
  if (cost !== undefined) cell.cost = inBucket(cell.cost, cost);
  if (outputTokens !== undefined) cell.outputTokens = inBucket(cell.outputTokens, outputTokens);
}

/** What was said of an answer. */
export interface Opinion {
  thumb?: 'up' | 'down' | undefined;
  /** 0 to 1, 1 the best. */
  score?: number | undefined;
}

/** Adds what was said of one answer to a cell. */
export function addOpinion(cell: EvidenceCell, { thumb, score }: Opinion): void {
  if (thumb !== undefined) {
    cell.thumbs ??= { given: 0, down: 0 };
    cell.thumbs.given++;
    if (thumb === 'down') cell.thumbs.down++;
  }
  if (score !== undefined) cell.scores = addScore(cell.scores, score);
}

/** Counts with one more score (0–1), by badness. */
export function addScore(counts: Record<string, number> = {}, score: number): Record<string, number> {
  return addOne(counts, Math.round((1 - score) * SCORE_STEPS));
}

/** The cell of a split and a revision, made where there is none. The newest is nearly always the one. */
export function cellOf(
  cells: EvidenceCell[],
  { attempt, weight, revision }: Pick<EvidenceCell, 'attempt' | 'weight' | 'revision'>,
): EvidenceCell {
  for (let at = cells.length - 1; at >= 0; at--) {
    const cell = cells[at]!;
    if (cell.revision === revision && cell.weight === weight && cell.attempt === attempt) return cell;
  }
  const cell: EvidenceCell = { attempt, weight, revision, outcomes: {}, schemaChecked: 0 };
  cells.push(cell);
  return cell;
}

/** Copies of all cells, those of one split and revision added up. */
export function sumOfCells(cells: readonly EvidenceCell[]): EvidenceCell[] {
  const sums: EvidenceCell[] = [];
  for (const cell of cells) {
    const sum = cellOf(sums, cell);
    sum.schemaChecked += cell.schemaChecked;
    sum.outcomes = plus(sum.outcomes, cell.outcomes);
    for (const name of [
      'tools',
      'thumbs',
      'scores',
      'latency',
      'firstToken',
      'cost',
      'outputTokens',
    ] as const) {
      if (cell[name] !== undefined) Object.assign(sum, { [name]: plus(sum[name], cell[name]) });
    }
  }
  return sums;
}

function inBucket(buckets: Buckets = {}, value: number): Buckets {
  return addOne(buckets, bucketOf(value));
}

function addOne(counts: Record<string, number>, key: number): Record<string, number> {
  counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function plus<C extends object>(sum: C | undefined, more: C): C {
  const all: Record<string, number> = { ...sum };
  for (const [key, count] of Object.entries(more)) all[key] = (all[key] ?? 0) + count;
  return all as C;
}
