import type { CallTokens } from './call-token.ts';
import { partsOf } from './draw.ts';
import type { Tried } from './tries.ts';

/**
 * What a caller gives back with its feedback. That is for the revisions that answered, which after a rescue are not those that
 * were charged. Where no revision did, or the call says nothing of any, the token names none, and no feedback is taken.
 */
export function feedbackToken(
  tokens: CallTokens,
  { id, at, noEvidence }: { id: string; at: Date; noEvidence: boolean },
  { endpoint, draw, last, unjudged }: Tried,
): string {
  const answered = [];
  if (endpoint.evidence && last.kind !== 'failure') {
    for (const { entry, revision } of partsOf(draw)) {
      const { uid, attempt, weight } = entry;
      if (!unjudged.includes(entry)) answered.push({ uid, attempt, weight, revision });
    }
  }
  const seconds = Math.floor(at.getTime() / 1000);
  return tokens.sign({ id, at: seconds, answered, ...(noEvidence && { noEvidence }) });
}
