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
 * @param ofBackend parameters that win over the caller's, as those of the revision do
 */
export function ownCuts(body: Body, ofBackend: Body, ofRevision: Body | undefined): OwnCuts | undefined {
  const isOwn = (names: readonly string[]) =>
    asksFor(body, names) && !sets(ofBackend, names) && (ofRevision === undefined || !sets(ofRevision, names));
  const [limit, stop] = [isOwn(LENGTH), isOwn(STOP)];
  return limit || stop ? { limit, stop } : undefined;
}

/**
 * What a caller sent, without the limit and the words to stop at that `parameters` set under another name: theirs win, and a
 * provider that is sent both may refuse the call.
 */
export function withoutOverruled<B extends Body>(body: B, parameters: Body): B {
  const length = sets(body, LENGTH) && sets(parameters, LENGTH);
  const stop = sets(body, STOP) && sets(parameters, STOP);
  if (!length && !stop) return body;
  const rest = Object.entries(body).filter(
    ([name]) => !(length && LENGTH.includes(name)) && !(stop && STOP.includes(name)),
  );
  return Object.fromEntries(rest) as B;
}

function sets(body: Body, names: readonly string[]): boolean {
  for (const name of names) if (body[name] !== undefined) return true;
  return false;
}

/** A caller's `null` asks for nothing. */
function asksFor(body: Body, names: readonly string[]): boolean {
  for (const name of names) if (body[name] != null) return true;
  return false;
}
