import { createHmac } from 'node:crypto';
import { callTokens } from './call-token.ts';

const key = Buffer.alloc(32, 7);
const tokens = callTokens(key);
const now = new Date(1_800_000_000_000);
const call = {
  id: '4d4bd0a2-b9b9-4f43-9d4c-6b1a6c4b0e11',
  at: 1_800_000_000,
  answered: [
    { uid: 'u-1', attempt: 3, weight: 25, revision: 'triage-0123456789' },
    { uid: 'u-2', attempt: 1, weight: 0, revision: 'fast-0123456789' },
  ],
};
const token = tokens.sign(call);
const codeOf = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    const { code, param, status } = error as { code: string; param: string; status: number };
    return { code, param, status };
  }
  return undefined;
};
const invalid = { code: 'invalid_call_token', param: 'call', status: 400 };
const signed = (payload: unknown, by = key) => {
  const text = Buffer.from(JSON.stringify(payload)).toString('base64url');
  return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`;
};

test('what was signed is read again', () => {
  expect(tokens.read(token, now)).toEqual(call);
  expect(callTokens(Buffer.from(key)).read(token, now)).toEqual(call);
});

test('fits a header, and does not hold the key', () => {
  expect(token).toMatch(/^[\w.-]+$/);
  expect(token.length).toBeLessThan(400);
  expect(Buffer.from(token.split('.')[0]!, 'base64url').includes(key)).toBe(false);
});

test('any character changed makes it invalid', () => {
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'A' ? 'B' : 'A';
    const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
    // The last character of 32 bytes in base64 has two bits that say nothing.
    if (at === token.length - 1 && sameBytes(changed, token)) continue;
    expect(codeOf(() => tokens.read(changed, now))).toEqual(invalid);
  }
});

function sameBytes(one: string, other: string): boolean {
  const [a, b] = [one, other].map((each) => Buffer.from(each.split('.')[1]!, 'base64url'));
  return a!.equals(b!);
}

test.each([
  ['', 'nothing'],
  ['4d4bd0a2-b9b9-4f43-9d4c-6b1a6c4b0e11', 'a plain id'],
  [token.split('.')[0]!, 'no signature'],
  [`${token}x`, 'something at its end'],
  [`${'x'.repeat(5_000)}.${token.split('.')[1]}`, 'too long'],
  [signed([1, call.id, call.at, []], Buffer.alloc(32, 8)), 'signed with another key'],
  [signed([2, call.id, call.at, []]), 'of another version'],
])('%s (%s) is refused', (wrong) => {
  expect(codeOf(() => tokens.read(wrong, now))).toEqual(invalid);
});

test('one of an answer that is no evidence says so', () => {
  const said = { ...call, noEvidence: true as const };
  expect(tokens.read(tokens.sign(said), now)).toEqual(said);
});

test('the signature of one call does not serve another', () => {
  const other = tokens.sign({ ...call, id: 'other' });
  const mixed = `${other.split('.')[0]}.${token.split('.')[1]}`;
  expect(codeOf(() => tokens.read(mixed, now))).toEqual(invalid);
});

test('is good for seven days', () => {
  const after = (seconds: number) => new Date((call.at + seconds) * 1000);
  expect(tokens.read(token, after(7 * 86_400))).toEqual(call);
  expect(codeOf(() => tokens.read(token, after(7 * 86_400 + 1)))).toEqual({
    code: 'expired_call_token',
    param: 'call',
    status: 400,
  });
});

test('a key that is too short is refused, without saying what it is', () => {
  expect(() => callTokens(Buffer.from('short-secret'))).toThrow(
    'the feedback key has 12 bytes; give at least 32',
  );
});
