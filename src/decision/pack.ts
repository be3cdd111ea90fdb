import { z } from 'zod';
import type { Block, Counts } from './counts.ts';
import type { RateState } from './rate.ts';
import { NOT_WORSE_PARTS, WORSE_ODDS } from './rate-bet.ts';
import { MOST_ABSOLUTE } from './tolerance.ts';

/** A packed state that cannot be gone on from: of another version, or damaged. The remedy is to begin anew. */
export class UnreadableState extends Error {
  override name = 'UnreadableState';
}

/** A `RateState` as a short JSON array. */
export type PackedRate = readonly unknown[];

/** Changes with the layout below and with the alternatives, which give the sums their meaning. */
const VERSION = 'rate/1';

const count = z.int().min(0);
const packedCounts = z.tuple([count, count]).refine(([calls, bad]) => bad <= calls);
const packedBlock = z.tuple([packedCounts, packedCounts]);
const sumsOf = (alternatives: readonly number[]) => z.array(z.number()).length(alternatives.length);

const Packed = z
  .tuple([
    z.literal(VERSION),
    z.tuple([z.number().positive(), z.number().positive()]).refine(([calls, bad]) => bad < calls),
    z.tuple([z.number().min(0), z.number().min(0).max(MOST_ABSOLUTE)]),
    count,
    packedBlock,
    packedBlock,
    packedBlock,
    z.array(sumsOf(WORSE_ODDS)).min(1),
    sumsOf(NOT_WORSE_PARTS),
  ])
  .refine(([, , , restarts, , , , worseSums]) => worseSums.length <= restarts + 1)
  .refine(([, , , , open, step, overall]) => within(open, step) && within(step, overall));

/** Shortens a state for keeping. Evidence is rounded down, never up: what is lost is power, not validity. */
export function packRate(state: RateState): PackedRate {
  return [
    VERSION,
    packCounts(state.prior),
    [state.notWorse.relative, state.notWorse.absolute],
    state.restarts,
    packBlock(state.open),
    packBlock(state.step),
    packBlock(state.overall),
    state.worseSums.map((sums) => sums.map(roundDown)),
    state.notWorseSums.map(roundDown),
  ];
}

/** @throws UnreadableState unless `packed` is what `packRate` of this version gave. */
export function unpackRate(packed: unknown): RateState {
  const parsed = Packed.safeParse(packed);
  if (!parsed.success) {
    throw new UnreadableState(`evidence is not in the form ${VERSION}: ${z.prettifyError(parsed.error)}`);
  }
  const [, prior, [relative, absolute], restarts, open, step, overall, worseSums, notWorseSums] = parsed.data;
  return {
    prior: unpackCounts(prior),
    notWorse: { relative, absolute },
    restarts,
    open: unpackBlock(open),
    step: unpackBlock(step),
    overall: unpackBlock(overall),
    worseSums,
    notWorseSums,
  };
}

type PackedCounts = [calls: number, bad: number];
type PackedBlock = [candidate: PackedCounts, stable: PackedCounts];

function packCounts({ calls, bad }: Counts): PackedCounts {
  return [calls, bad];
}

function packBlock({ candidate, stable }: Block): PackedBlock {
  return [packCounts(candidate), packCounts(stable)];
}

function unpackCounts([calls, bad]: PackedCounts): Counts {
  return { calls, bad };
}

function unpackBlock([candidate, stable]: PackedBlock): Block {
  return { candidate: unpackCounts(candidate), stable: unpackCounts(stable) };
}

function within(part: PackedBlock, whole: PackedBlock): boolean {
  return part.every(([calls, bad], side) => {
    const [wholeCalls, wholeBad] = whole[side]!;
    return bad <= wholeBad && calls - bad <= wholeCalls - wholeBad;
  });
}

/** To six digits and at most five decimals, towards −∞. Rounding what is round already changes nothing. */
function roundDown(value: number): number {
  const decimals = Math.abs(value) < 10 ? 5 : 5 - Math.floor(Math.log10(Math.abs(value)));
  const rounded = roundTo(value, decimals);
  return rounded <= value ? rounded : roundTo(rounded - 10 ** -decimals, decimals);
}

function roundTo(value: number, decimals: number): number {
  if (decimals >= 0) return Number(value.toFixed(decimals));
  const unit = 10 ** -decimals;
  return Math.round(value / unit) * unit;
}
