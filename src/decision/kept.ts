import { z } from 'zod';
import { SCORE_STEPS } from '../api/evidence.ts';
import { HIGHEST_BUCKET, LOWEST_BUCKET } from '../lib/buckets.ts';
import { isValueKind, NO_TALLY } from './measured.ts';
import { NOT_WORSE_PARTS, WORSE_ODDS } from './rate-bet.ts';
import { NOT_WORSE_SCORE_PARTS, WORSE_SCORES } from './score-bet.ts';
import { NOT_WORSE_SHIFT_PARTS, SHIFT_ODDS } from './shift-bet.ts';
import { MOST_ABSOLUTE } from './tolerance.ts';

/*
 * What a state must look like to be gone on from. Whoever may write a status could write anything into it, and a state of
 * another version may be found after an upgrade: what does not fit is begun anew.
 */

const count = z.int().min(0);
const counts = z
  .strictObject({ calls: count, bad: count })
  .refine(({ calls, bad }) => bad <= calls, 'more are bad than were served');
const weight = count.optional();
const pairOf = <T extends z.ZodType>(each: T) => z.strictObject({ candidate: each, stable: each });
const sumsOf = (alternatives: readonly number[]) => z.array(z.number()).length(alternatives.length);
const tolerance = z.strictObject({
  relative: z.number().min(0),
  absolute: z.number().min(0).max(MOST_ABSOLUTE),
});
const bucketsTo = (lowest: number, highest: number) =>
  z.record(
    z
      .string()
      .refine((name) => Number.isInteger(Number(name)) && Number(name) >= lowest && Number(name) <= highest),
    count,
  );
const limit = z
  .strictObject({
    ceiling: z.number().positive(),
    sums: z.array(z.number()).min(1),
    calls: count,
    total: z.number(),
  })
  .optional();
const common = { limit, problem: z.string().optional() };
const withinRestarts = <T extends { restarts: number; worseSums: unknown[] }>({ restarts, worseSums }: T) =>
  worseSums.length <= restarts + 1;

const rate = z
  .strictObject({
    prior: z
      .strictObject({ calls: z.number().positive(), bad: z.number().positive() })
      .refine(({ calls, bad }) => bad < calls),
    notWorse: tolerance,
    restarts: count,
    open: z.array(z.strictObject({ candidate: counts, stable: counts, weight })),
    judged: counts,
    step: pairOf(counts),
    overall: pairOf(counts),
    worseSums: z.array(sumsOf(WORSE_ODDS)).min(1),
    notWorseSums: sumsOf(NOT_WORSE_PARTS),
  })
  .refine(withinRestarts);

const scoreSums = z.strictObject({ calls: count, sum: z.number().min(0), squares: z.number().min(0) });
const scores = bucketsTo(0, SCORE_STEPS);
const score = z
  .strictObject({
    notWorse: tolerance,
    restarts: count,
    open: z.array(z.strictObject({ candidate: scores, stable: scores, weight })),
    judged: scoreSums.refine(({ calls }) => calls > 0),
    step: pairOf(scoreSums),
    overall: pairOf(scoreSums),
    worseSums: z.array(sumsOf(WORSE_SCORES)).min(1),
    notWorseSums: sumsOf(NOT_WORSE_SCORE_PARTS),
  })
  .refine(withinRestarts);

const values = bucketsTo(LOWEST_BUCKET, HIGHEST_BUCKET);
const moments = z.strictObject({ calls: count, logs: z.number(), logSquares: z.number() });
const shift = z
  .strictObject({
    margins: z.strictObject({ tolerated: count, notWorse: count }),
    restarts: count,
    early: values.optional(),
    edges: z.array(z.strictObject({ edge: z.int(), beyond: count, beyondMargin: count })),
    guessedFrom: count,
    open: z.array(
      z.strictObject({ candidate: values, stable: values, weight, shown: pairOf(values).optional() }),
    ),
    step: pairOf(count),
    overall: pairOf(moments),
    worseSums: z.array(z.array(z.number())).min(1),
    notWorseSums: z.array(z.number()),
  })
  .refine(withinRestarts)
  .refine(
    ({ edges, worseSums, notWorseSums, guessedFrom }) =>
      worseSums.every(({ length }) => length === edges.length * SHIFT_ODDS.length) &&
      notWorseSums.length === edges.length * NOT_WORSE_SHIFT_PARTS.length &&
      edges.every(({ beyond, beyondMargin }) => beyondMargin <= beyond && beyond <= guessedFrom),
  );

export const KeptGuardrail = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('rate'),
    state: rate,
    bursts: z.strictObject({ chi: z.number().min(0), freedom: count, last: counts }),
    ...common,
  }),
  z.strictObject({ method: z.literal('score'), state: score, ...common }),
  z.strictObject({ method: z.literal('shift'), state: shift, ...common }),
]);

const measured = z.strictObject({
  tally: z.array(count).length(NO_TALLY.length),
  values: z.record(z.string().max(256).refine(isValueKind), values),
});

export const KeptLedgerShape = z.strictObject({
  members: z.array(z.string()),
  gone: z.array(z.string()),
  weight: count,
  cells: z.tuple([measured, measured]),
  others: z.array(count),
});
