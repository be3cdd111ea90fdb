/** What a caller's `Cache-Control` asks of the cache. What is malformed, or for caches of other kinds, is left out. */
export interface CacheDirectives {
  /** Nothing of the call is stored, and nothing stored is given. */
  noStore: boolean;
  /** It is asked anew; the answer is stored. */
  noCache: boolean;
  /** How old an answer may be, in ms; absent where the route alone says. */
  maxAgeMs?: number;
  /** No backend is asked. */
  onlyIfCached: boolean;
}

const NOTHING: CacheDirectives = { noStore: false, noCache: false, onlyIfCached: false };
/** Seconds that anything is young enough for; more digits are no number that is meant. */
const SECONDS = /^"?([0-9]{1,10})"?$/;

/** Reads the directives of a request (RFC 9111, 5.2.1). Of two that limit the age the stricter holds. */
export function directivesOf(header: string | undefined): CacheDirectives {
  if (header === undefined || header === '') return NOTHING;
  const asked = { ...NOTHING };
  for (const directive of header.split(',')) {
    const [name = '', value] = directive.split('=', 2).map((part) => part.trim());
    const age = value === undefined ? undefined : SECONDS.exec(value)?.[1];
    switch (name.toLowerCase()) {
      case 'no-store':
        asked.noStore = true;
        break;
      case 'no-cache':
        asked.noCache = true;
        break;
      case 'only-if-cached':
        asked.onlyIfCached = true;
        break;
      case 'max-age':
        if (age !== undefined) asked.maxAgeMs = Math.min(Number(age) * 1000, asked.maxAgeMs ?? Infinity);
    }
  }
  return asked;
}
