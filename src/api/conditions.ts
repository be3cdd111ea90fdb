import { z } from 'zod';
import { listMap, text, timestamp } from './schema.ts';

/** A condition in the form of `metav1.Condition`. */
export const Condition = z.strictObject({
  type: z
    .string()
    .max(316)
    .describe(
      'Ready, Reconciling, Stalled or Available; Retiring and BackendsWork where a model retires or fails its probes; Drifted, OutputsShifted and InputsShifted of an EvalSuite.',
    ),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().max(1024).describe('Why, in CamelCase for programs.'),
  message: text(4096, 0).describe('Why, for people.'),
  lastTransitionTime: timestamp().describe('When status changed last.'),
  observedGeneration: z.int().optional().describe('The metadata.generation that this was said of.'),
});
export type Condition = z.infer<typeof Condition>;

/** `status.conditions`. */
export const conditions = () =>
  listMap(Condition, 'type', 16)
    .optional()
    .describe('Ready, Reconciling, Stalled and Available, as kstatus reads them.');

/** `status.observedGeneration`. */
export const observedGeneration = () =>
  z.int().optional().describe('The metadata.generation that this status was written for.');

/** Longest message of a condition, in characters. */
const MOST_MESSAGE = 4_000;

/** What a controller says of one condition; the time is added by `mergeConditions`. */
export interface ConditionNow {
  type: string;
  status: Condition['status'];
  reason: string;
  message: string;
}

/**
 * The conditions after a pass: those in `next`, in that order, keeping `lastTransitionTime` where the status did not
 * change. kstatus reads Reconciling and Stalled by their mere presence as True, so callers leave out neither.
 */
export function mergeConditions(
  previous: readonly Condition[],
  next: readonly ConditionNow[],
  generation: number,
  now: Date,
): Condition[] {
  return next.map((condition) => {
    const before = previous.find((each) => each.type === condition.type);
    const lastTransitionTime =
      before?.status === condition.status ? before.lastTransitionTime : now.toISOString();
    const message = condition.message.slice(0, MOST_MESSAGE);
    return { ...condition, message, lastTransitionTime, observedGeneration: generation };
  });
}
