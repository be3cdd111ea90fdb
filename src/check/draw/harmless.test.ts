import { harmless } from './harmless.ts';

test.each([
  ['a key of Google', `AIza${'a1B2c3D'.repeat(5)}`],
  ['a fine-grained token of GitHub', `github_pat_${'11ABCDE0f'.repeat(4)}`],
  ['a JSON Web Token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl'],
  ['a key of OpenAI', `sk-proj-${'x9Y8z7'.repeat(5)}`],
  ['a key of AWS', 'AKIAIOSFODNN7EXAMPLE'],
])('%s is not shown', (_, key) => {
  expect(harmless(`spec.x: got ${key}, expected a number`)).toBe('spec.x: got [API_KEY], expected a number');
});

test('what looks like a short key is not shown', () => {
  expect(harmless('got "sk-planted-secret-4711"')).toBe('got "sk…"');
});

test('a user and a password of a URL are not shown', () => {
  expect(harmless('https://me:hunter2@host/v1')).toBe('https://…@host/v1');
});

test('what is no credential is shown as it is, on one line', () => {
  expect(harmless('messages[0] (system) grew\nfrom 24 to 41 tokens: task-force-of-many-people')).toBe(
    'messages[0] (system) grew from 24 to 41 tokens: task-force-of-many-people',
  );
});
