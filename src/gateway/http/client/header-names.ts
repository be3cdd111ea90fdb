import { isHeaderName } from '../../../lib/http-header.ts';

/**
 * How a header that comes again is taken, as Node takes it:
 * - `single`: the first one stands;
 * - `list`: each has a place of its own;
 * - `plain`: joined with a comma.
 */
export type HeaderKind = 'single' | 'list' | 'plain';

/** A header's name in lower case, and how its values are taken. */
export interface HeaderName {
  readonly name: string;
  readonly kind: HeaderKind;
}

const KINDS = new Map<string, HeaderKind>([
  ...['age', 'content-type', 'etag', 'expires', 'from', 'last-modified', 'location'].map(of('single')),
  ...['max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server'].map(of('single')),
  ...['authorization', 'host', 'if-modified-since', 'if-unmodified-since', 'user-agent'].map(of('single')),
  ['set-cookie', 'list'],
]);

function of(kind: HeaderKind): (name: string) => [string, HeaderKind] {
  return (name) => [name, kind];
}

/** Names to remember: there are few, unless somebody makes them up. */
const MOST_NAMES = 1_000;

const known = new Map<string, HeaderName>();

/** The name that is spelled so in an answer; undefined where it is none. */
export function headerName(spelled: string): HeaderName | undefined {
  return known.get(spelled) ?? learn(spelled);
}

function learn(spelled: string): HeaderName | undefined {
  const name = spelled.toLowerCase();
  if (!isHeaderName(name)) return undefined;
  const found = { name, kind: KINDS.get(name) ?? 'plain' };
  // A copy, since a part of a head would keep all of it.
  if (known.size < MOST_NAMES) known.set(Buffer.from(spelled, 'latin1').toString('latin1'), found);
  return found;
}
