type Body = Readonly<Record<string, unknown>>;

/** Names, over all APIs, under which a request says how long its answer may be. */
const LENGTH = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'];
/** Those under which it says where its answer is to stop. */
const STOP = ['stop', 'stop_sequences', 'stop_token_ids'];

/** What of a call can end its answer early and is its caller's own. */
export interface OwnCuts {
  limit: boolean;
  stop: boolean;
}

/**
 * Whether the limit on an answer's length, and the words that it stops at, are the caller's. What they cut off is no failing
 * of the revision, which a caller could have charged at will. Undefined where neither is.
 * @param body what the caller sent
 * @param set parameters that win over the caller's: the backend's, and the revision's where there is one
 */
export function ownCuts(body: Body, ...set: readonly (Body | undefined)[]): OwnCuts | undefined {
  const isOwn = (names: readonly string[]) =>
    names.some((name) => body[name] != null) && !set.some((each) => each !== undefined && sets(each, names));
  const [limit, stop] = [isOwn(LENGTH), isOwn(STOP)];
  return limit || stop ? { limit, stop } : undefined;
}

/**
 * What a caller sent, without the limit and the words to stop at that `parameters` set under another name: theirs win, and a
 * provider that is sent both may refuse the call.
 */
export function withoutOverruled<B extends Body>(body: B, parameters: Body): B {
  const names = [LENGTH, STOP].filter((each) => sets(body, each) && sets(parameters, each)).flat();
  if (names.length === 0) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name))) as B;
}

const sets = (body: Body, names: readonly string[]): boolean =>
  names.some((name) => body[name] !== undefined);
