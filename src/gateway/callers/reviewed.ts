import { createHash } from 'node:crypto';
import { CallError } from '../errors.ts';

/**
 * Asks whose token this is: `namespace/name` of a ServiceAccount, undefined where it is nobody's.
 * @throws where that cannot be told now.
 */
export type Review = (token: string) => Promise<string | undefined>;

/** How long an answer is taken for true, in ms: a token that was taken back is good for as long. */
const GOOD_MS = 60_000;
/** The same of one that is nobody's. */
const BAD_MS = 10_000;
/** How long one that was good goes on being so while nobody can be asked. */
const WITHOUT_ANSWER_MS = 3_600_000;
const MOST_KEPT = 10_000;
/** Reviews at a time: whoever makes tokens up must not keep the API server busy. */
const MOST_UNDER_WAY = 32;

interface Kept {
  account: string | undefined;
  at: number;
  /** When the token says itself that it ends, in ms since 1970. */
  ends: number;
}

/**
 * Reviews tokens, and remembers what came of it by their hashes. While the API server is away, callers that were known
 * stay known until their tokens end, for an hour at most.
 */
export function reviewedTokens(review: Review, now: () => number = Date.now): Review {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<string | undefined>>();

  const ask = async (id: string, token: string, before: Kept | undefined): Promise<string | undefined> => {
    try {
      const account = await review(token);
      kept.delete(id);
      if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
      kept.set(id, { account, at: now(), ends: endOf(token) });
      return account;
    } catch {
      return unasked(before, 'the token cannot be checked now: try again');
    }
  };
  const unasked = (before: Kept | undefined, why: string): string => {
    if (before?.account !== undefined && now() - before.at < WITHOUT_ANSWER_MS) return before.account;
    throw new CallError('callers_unknown', why);
  };

  return async (token) => {
    const id = createHash('sha256').update(token).digest('base64');
    const before = kept.get(id);
    if (before !== undefined && now() >= before.ends) return undefined;
    if (before !== undefined && now() - before.at < (before.account === undefined ? BAD_MS : GOOD_MS))
      return before.account;
    const asked = underWay.get(id);
    if (asked !== undefined) return asked;
    if (underWay.size >= MOST_UNDER_WAY)
      return unasked(before, 'too many tokens are being checked: try again');
    const answer = ask(id, token, before).finally(() => underWay.delete(id));
    underWay.set(id, answer);
    return answer;
  };
}

/** What a JSON Web Token says of its own end. Only believed of one that was reviewed. */
function endOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      exp?: unknown;
    };
    return typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
