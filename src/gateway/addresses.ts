import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

/** Clouds' metadata services at addresses that are not link-local: Alibaba's, Azure's, Oracle's, and AWS's over IPv6. */
const METADATA = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254'];

/**
 * Whether a provider may not be at this address: link-local ones answer as a cloud's metadata service does, and hand
 * out the machine's credentials.
 */
export function isRefusedAddress(address: string): boolean {
  const plain = address.toLowerCase().replace(/^\[|\]$/g, '');
  const [, inside] = V4_INSIDE.exec(plain) ?? [];
  const v4 = inside === undefined ? plain : v4Of(inside);
  if (/^169\.254\./.test(v4) || v4 === '0.0.0.0' || METADATA.includes(v4)) return true;
  return /^fe[89ab][0-9a-f]:/.test(plain) || plain === '::';
}

/** IPv6 addresses that stand for an IPv4 one: mapped (RFC 4291), compatible (same), behind NAT64 (RFC 6052). */
const V4_INSIDE = /^(?:::ffff:|::|64:ff9b::)([0-9a-f.]+(?::[0-9a-f]+)?)$/;

/** An IPv4 address as URLs write it inside an IPv6 one: `a9fe:a9fe`. */
function v4Of(mapped: string): string {
  const words = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(mapped);
  if (words === null) return mapped;
  return [words[1]!, words[2]!]
    .flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255])
    .join('.');
}

/** @throws Error where the URL names a refused address literally; names are looked at when they are resolved. */
export function checkHost(origin: string): void {
  const { hostname } = new URL(origin);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 && isRefusedAddress(hostname)) {
    throw new Error(`${hostname} is a link-local or metadata address, which is not called`);
  }
}

/** Resolves a name at connect time and refuses what it must not resolve to, however often the answer changes. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const found = addresses as LookupAddress[];
    const bad = found.find(({ address }) => isRefusedAddress(address));
    if (bad !== undefined) {
      return callback(
        new Error(`${hostname} resolves to a link-local or metadata address, which is not called`),
        '',
        0,
      );
    }
    if (options.all) return callback(null, found);
    callback(null, found[0]!.address, found[0]!.family);
  });
};
