import { countDays } from './day.ts';

test('a clock that goes back over midnight forgets nothing that either day has cost', () => {
  let now = new Date('2026-05-01T23:59:00Z');
  const day = countDays(1, () => now, undefined);
  day.count('scored');
  day.spent(1);
  expect(day.refusal(0)).toContain('is reached');
  now = new Date('2026-05-02T00:20:00Z');
  expect(day.refusal(0)).toBeUndefined();
  day.count('scored');
  day.spent(0.5);
  now = new Date('2026-05-01T23:30:00Z');
  expect(day.refusal(0)).toContain('is reached');
  expect(day.shown()).toMatchObject({ day: '2026-05-01', scored: 1, costUSD: '1' });
  now = new Date('2026-05-02T00:00:00Z');
  expect(day.shown()).toMatchObject({ day: '2026-05-02', scored: 1, costUSD: '0.5' });
});
