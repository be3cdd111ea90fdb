import { keyProblem } from './provider-key.ts';

test.each(['sk-abc_123', 'a key with blanks', 'schlüssel'])('can be sent: %j', (key) => {
  expect(keyProblem(key)).toBeUndefined();
});

test.each(['', 'sk-\nabc', 'sk-abc\r\n\r\nGET / HTTP/1.1', 'sk-\u0000', '\ufeffsk-abc', 'sk-“abc”'])(
  'cannot: %j',
  (key) => {
    const problem = keyProblem(key);
    expect(problem).toMatch(/^(is|has) /);
    expect(problem).not.toContain('sk-');
  },
);
