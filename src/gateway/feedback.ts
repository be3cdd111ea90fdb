import { z } from 'zod';
import type { Answered, CallTokens } from './call-token.ts';
import type { Opinion } from './cells.ts';
import { CallError } from './errors.ts';
import type { EvidenceBook } from './evidence.ts';
import { FEEDBACK, type GivenFeedback } from './given.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { TraitBook } from './samples/trait-book.ts';
import type { Table } from './table.ts';

export interface FeedbackDeps {
  tokens: CallTokens;
  given: GivenFeedback;
  book: EvidenceBook;
  metrics: GatewayMetrics;
  traits: Pick<TraitBook, 'feedback'>;
  now: () => Date;
}

const Feedback = z
  .strictObject({
    call: z.string(),
    thumb: z.enum(['up', 'down']).optional(),
    score: z.number().min(0).max(1).optional(),
  })
  .refine(({ thumb, score }) => thumb !== undefined || score !== undefined, {
    message: 'give a thumb, a score, or both',
  });

/**
 * Counts feedback for the revisions that answered the call: the prompt's and the route's. That of a rollout which is
 * too long ago to be judged is taken and counted nowhere; that of an answer which is no evidence is shown in the metrics only.
 * @throws CallError where the body is none, the token is not valid or names no revision, or the same was given before.
 */
export async function takeFeedback(
  deps: FeedbackDeps,
  table: Table,
  body: Record<string, unknown>,
): Promise<void> {
  const { data, error } = Feedback.safeParse(body);
  if (data === undefined) throw wrong(error.issues[0]!);
  const { call, ...opinion } = data;
  const { id, answered, noEvidence } = deps.tokens.read(call, deps.now());
  if (answered.length === 0)
    throw new CallError(
      'no_feedback',
      'no feedback is taken of this call: no revision answered it, or what it came to says nothing of one',
      'call',
    );
  const kinds = FEEDBACK.filter((kind) => opinion[kind] !== undefined);
  if (!(await deps.given.take(id, kinds))) {
    throw new CallError(
      'feedback_given',
      `${kinds.join(' or ')} of this call has been given already`,
      'call',
    );
  }
  deps.traits.feedback(table, id, answered, opinion);
  const counted = noEvidence ? [true] : answered.map((each) => deps.book.feedback(each, opinion));
  const [named] = answered;
  if (counted[0] === true && named !== undefined) count(deps.metrics, table, named, opinion);
}

/** As calls are: for the release that the caller named. */
function count(metrics: GatewayMetrics, table: Table, { uid, revision }: Answered, opinion: Opinion): void {
  const entry = table.entries.get(uid);
  if (entry === undefined) return;
  const { kind, namespace, name } = entry;
  metrics.feedback({ kind, namespace, release: name, revision }, opinion);
}

function wrong({ path, message }: z.core.$ZodIssue): CallError {
  const [field = null] = path;
  const where = field === null ? '' : `${String(field)}: `;
  return new CallError(
    'invalid_request',
    `${where}${message.slice(0, 200)}`,
    field === null ? null : String(field),
  );
}
