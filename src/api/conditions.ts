import { z } from 'zod';
import { timestamp } from './schema.ts';

/** A condition in the form of `metav1.Condition`. */
export const Condition = z.strictObject({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(1024),
  message: z.string().max(4096),
  lastTransitionTime: timestamp(),
  observedGeneration: z.int().optional(),
});
export type Condition = z.infer<typeof Condition>;

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
    return { ...condition, lastTransitionTime, observedGeneration: generation };
  });
}
