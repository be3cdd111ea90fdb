const { imul } = Math;

/**
 * Where a key falls between 0 and 1 for one rollout. The same release, candidate and key always fall in the same place,
 * so raising the weight only moves callers from stable to candidate; another release or candidate draws anew.
 */
export function placeOf(uid: string, candidate: string, key: string): number {
  const first = hash(key, hash(candidate, hash(uid, 0x9747b28c)));
  const second = hash(key, first ^ 0x5bd1e995);
  // 53 bits, as many as a number holds.
  return ((first >>> 0) * 0x200000 + (second >>> 11)) / 2 ** 53;
}

/** Whether a call is served by the candidate at `weight` percent. */
export function drawsCandidate(uid: string, candidate: string, weight: number, key: string): boolean {
  return weight > 0 && (weight >= 100 || placeOf(uid, candidate, key) * 100 < weight);
}

/** MurmurHash3 (x86, 32 bit; Appleby 2011) over UTF-16 code units. */
function hash(text: string, seed: number): number {
  let h = seed | 0;
  for (let at = 0; at < text.length; at++) {
    let k = imul(text.charCodeAt(at), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= text.length;
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * What keeps a caller on one revision: the header that the release names, else the conversation, else what the caller
 * gives the provider to tell users apart. Undefined where there is nothing: such a call is drawn by itself.
 */
export function stickyKey(
  stickyHeader: string | undefined,
  headers: NodeJS.Dict<string | string[]>,
  body: Record<string, unknown>,
): string | undefined {
  const header = stickyHeader === undefined ? undefined : headers[stickyHeader];
  if (typeof header === 'string' && header !== '') return header;
  const { conversation } = body;
  if (conversation !== null && typeof conversation === 'object') {
    const id = (conversation as { id?: unknown }).id;
    if (typeof id === 'string') return id;
  }
  for (const name of [
    'conversation',
    'previous_response_id',
    'prompt_cache_key',
    'safety_identifier',
    'user',
  ]) {
    const value = body[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  // What Anthropic has callers tell users apart by.
  const { user_id } = (body.metadata ?? {}) as { user_id?: unknown };
  return typeof user_id === 'string' && user_id !== '' ? user_id : undefined;
}
