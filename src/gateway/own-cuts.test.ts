import { ownCuts, withoutOverruled } from './own-cuts.ts';

test.each([
  [{ max_tokens: 1 }, {}, { limit: true, stop: false }],
  [{ max_completion_tokens: 1, stop: '}' }, {}, { limit: true, stop: true }],
  [{ max_output_tokens: 1 }, { temperature: 1 }, { limit: true, stop: false }],
  [{ stop_sequences: ['}'] }, { max_tokens: 9 }, { limit: false, stop: true }],
  [{ stop_token_ids: [1] }, { stop: ['x'] }, undefined],
  [{ max_tokens: 1 }, { max_completion_tokens: 400 }, undefined],
  [{ max_tokens: null, stop: null }, {}, undefined],
  [{}, {}, undefined],
])('of %j with %j the caller may cut %j', (body, set, own) => {
  expect(ownCuts(body, {}, set)).toEqual(own);
  expect(ownCuts(body, set, undefined)).toEqual(own);
  expect(ownCuts(body, set, {})).toEqual(own);
});

test('what wins over the caller does so under whichever name', () => {
  const body = { max_tokens: 1, stop: ['x'], user: 'u' };
  expect(withoutOverruled(body, { max_completion_tokens: 400 })).toEqual({ stop: ['x'], user: 'u' });
  expect(withoutOverruled(body, { stop_sequences: ['y'], max_tokens: 9 })).toEqual({ user: 'u' });
  expect(withoutOverruled(body, { temperature: 1 })).toBe(body);
  expect(withoutOverruled({ user: 'u' }, { max_tokens: 9 })).toEqual({ user: 'u' });
});
