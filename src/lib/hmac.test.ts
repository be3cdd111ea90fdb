import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hmacSha256 } from './hmac.ts';

test('is the HMAC that others compute, whatever the key and the text', () => {
  const latin1 = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), latin1, (key, text) => {
      const theirs = createHmac('sha256', key).update(text, 'latin1').digest('base64url');
      expect(hmacSha256(key)(text)).toBe(theirs);
    }),
  );
});

test('is that of RFC 4231, test case 2, and the same again after others', () => {
  const mac = hmacSha256(Buffer.from('Jefe'));
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  const hexOf = (text: string) => Buffer.from(mac(text), 'base64url').toString('hex');
  expect(hexOf('what do ya want for nothing?')).toBe(expected);
  hexOf('something else');
  expect(hexOf('what do ya want for nothing?')).toBe(expected);
});
