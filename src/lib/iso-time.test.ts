import { isoTime } from './iso-time.ts';

test.each([
  [0, 1, 12, 999, 1_000],
  [1_795_000_000_999, 1_795_000_001_000, 1_795_000_001_001, 1_795_000_000_000],
  [-1, -999, -1_000, -62_198_755_200_000, -62_198_755_199_990],
  [8.64e15, 8.64e15 - 1, 253_402_300_799_999, 253_402_300_800_000],
])('as `toISOString` writes them: %d and others', (...moments) => {
  for (const ms of moments) expect(isoTime(new Date(ms))).toBe(new Date(ms).toISOString());
});

test('no moment is none', () => {
  expect(() => isoTime(new Date(Number.NaN))).toThrow(RangeError);
});
