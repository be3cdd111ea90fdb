import { isHigh } from './kayenta.ts';

test('five points against five fail only where none overlaps, by more than the tolerance', () => {
  const stable = [1, 1.1, 1.2, 0.9, 1];
  expect(isHigh([5, 6, 5.5, 5.2, 5.9], stable)).toBe(true);
  expect(isHigh([5, 6, 5.5, 1.15, 5.9], stable)).toBe(false);
  // The least shift is .05, the middle one 4.5.
  expect(isHigh([5, 6, 5.5, 1.25, 5.9], stable)).toBe(false);
});

test('more points may overlap', () => {
  const stable = Array.from({ length: 20 }, (_, at) => at);
  const raised = stable.map((value) => value + 12);
  expect(isHigh(raised, stable)).toBe(true);
  expect(isHigh(stable, stable)).toBe(false);
  expect(isHigh(stable, raised)).toBe(false);
});

test('a revision without points is not judged', () => {
  expect(isHigh([], [1, 2])).toBe(false);
  expect(isHigh([1, 2], [])).toBe(false);
});
