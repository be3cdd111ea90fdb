import { givenFeedback } from './given.ts';

test('each kind is taken once of each call', () => {
  const given = givenFeedback();
  expect(given.take('a', ['thumb'])).toBe(true);
  expect(given.take('a', ['thumb'])).toBe(false);
  expect(given.take('b', ['thumb'])).toBe(true);
  expect(given.take('a', ['score'])).toBe(true);
  expect(given.take('a', ['score'])).toBe(false);
  expect(given.take('a', ['thumb'])).toBe(false);
});

test('of two kinds at once none is remembered where one was given before', () => {
  const given = givenFeedback();
  given.take('a', ['thumb']);
  expect(given.take('a', ['thumb', 'score'])).toBe(false);
  expect(given.take('a', ['score'])).toBe(true);
});

test('only so many calls are remembered, the last ones', () => {
  const given = givenFeedback(2);
  for (const call of ['a', 'b', 'c']) given.take(call, ['thumb']);
  expect(given.take('b', ['thumb'])).toBe(false);
  expect(given.take('c', ['thumb'])).toBe(false);
  expect(given.take('a', ['thumb'])).toBe(true);
});
