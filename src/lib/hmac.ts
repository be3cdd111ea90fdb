import { hash } from 'node:crypto';

const BLOCK = 64;
const [INNER, OUTER] = [0x36, 0x5c];

/**
 * HMAC-SHA256 (RFC 2104) under one key, of texts in Latin-1, as base64url. For what is signed at every call: made of two hashes in
 * one go each, it takes no native object that has to be collected again, which costs several times the hashing.
 */
export function hmacSha256(key: Uint8Array): (text: string) => string {
  const own = Buffer.alloc(BLOCK);
  own.set(key.length > BLOCK ? hash('sha256', key, 'buffer') : key);
  const pad = (byte: number) => own.map((each) => each ^ byte);
  const inner = pad(INNER);
  const outer = Buffer.concat([pad(OUTER), Buffer.alloc(32)]);
  return (text) => {
    const message = Buffer.allocUnsafe(BLOCK + text.length);
    message.set(inner);
    message.write(text, BLOCK, 'latin1');
    // The hash as a text, since a buffer to give it back in costs more than the hash.
    outer.write(hash('sha256', message, 'binary'), BLOCK, 'latin1');
    return hash('sha256', outer, 'base64url');
  };
}
