import { judge } from './callers.ts';
import { createTally } from './tally.ts';

test('answers are counted by revision, with the first bad one', () => {
  const tally = createTally();
  tally.add('a', 'good', 10);
  tally.add('b', 'bad', 20);
  tally.add('b', 'bad', 30);
  tally.add('b', 'good', 40);
  tally.add('', 'error', 50);
  expect(tally.of('b')).toEqual({ calls: 3, bad: 2, errors: 0, firstBadAt: 20, lastAt: 40 });
  expect(tally.of('a').firstBadAt).toBeUndefined();
  expect(tally.of('unheard of').calls).toBe(0);
  expect(tally.total()).toEqual({ calls: 5, bad: 2, errors: 1 });
});

test('the rate is that of the last three seconds', () => {
  const tally = createTally();
  for (let at = 0; at < 10_000; at += 100) tally.add(at % 200 ? 'a' : 'b', 'good', at);
  expect(tally.rate(9_950)).toBe(10);
  expect(tally.rate(9_950, 'a')).toBe(5);
  expect(tally.rate(60_000)).toBe(0);
});

test('an answer is good where the feature can use it', () => {
  const body = (content: string | null) => JSON.stringify({ choices: [{ message: { content } }] });
  expect(judge(body('{"queue": "billing"}'))).toBe('good');
  expect(judge(body('{"team": "billing"}'))).toBe('bad');
  expect(judge(body("I'm sorry, I can't help with that."))).toBe('bad');
  expect(judge(body(null))).toBe('bad');
  expect(judge('no JSON')).toBe('bad');
});
