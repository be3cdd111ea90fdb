import type { Outcome } from '../api/evidence.ts';
import type { Attempt } from './attempt.ts';
import type { Draw } from './draw.ts';

/** What came of a call on the revisions drawn, over the backends of the route. */
export interface Tried {
  draw: Draw;
  last: Attempt;
  /** What the first backend failed with, even where a later one answered: fallback hides no failing revision. */
  failure?: Outcome;
  /** What was sent to the last backend, without its model. */
  sent: Record<string, unknown>;
}
