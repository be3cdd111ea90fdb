import type { Rule } from '../../simulation/rollout.ts';
import { counted, type Pair } from '../../simulation/traffic.ts';
import { argo } from './argo.ts';
import { above, timesStable } from './conditions.ts';
import { flagger } from './flagger.ts';

/** A minute of a hundred calls of each, of which so many of the candidate's are bad; one of stable's is. */
type Minute = number | 'none';

function pair(candidateCalls: number, candidateBad: number, calls = 0, bad = 0): Pair {
  return {
    metric: 'ErrorRate',
    candidate: counted(candidateCalls, candidateBad),
    stable: counted(calls, bad),
  };
}

function answers(rule: Rule, minutes: Minute[]): string[] {
  const watcher = rule.watch([pair(0, 0)], 4);
  return minutes.map((bad, at) => {
    const served = bad === 'none' ? pair(0, 0, 100, 1) : pair(100, bad, 100, 1);
    return watcher.look([served], {
      second: (at + 1) * 60,
      stepSecond: (at + 1) * 60,
      weight: 50,
    });
  });
}

const limit = above(0.02, '> 2 %');

test('Flagger rolls back at the run after the fifth failed check, wherever they were', () => {
  const rule = flagger(limit);
  expect(answers(rule, [9, 9, 9, 9, 9, 0])).toEqual(['Hold', 'Hold', 'Hold', 'Hold', 'Hold', 'RollBack']);
  expect(answers(rule, [9, 0, 9, 9, 0, 9, 9, 9]).indexOf('RollBack')).toBe(7);
  expect(answers(rule, [9, 9, 9, 9, 2, 0, 1])).not.toContain('RollBack');
});

test('Flagger counts a minute without calls', () => {
  expect(answers(flagger(limit), ['none', 'none', 'none', 'none', 'none', 0]).at(-1)).toBe('RollBack');
});

test('Argo Rollouts aborts at the fourth failed measurement, and holds nothing', () => {
  const rule = argo(limit);
  expect(answers(rule, [9, 9, 9, 9])).toEqual(['Go', 'Go', 'Go', 'RollBack']);
  expect(answers(rule, [9, 9, 0, 'none', 9, 0, 9]).indexOf('RollBack')).toBe(6);
});

test('twice stable is held against stable in the same minute', () => {
  expect(answers(argo(timesStable(2)), [2, 2, 2, 2, 3, 3, 3, 3]).indexOf('RollBack')).toBe(7);
});

test('what a minute brings is collected over its ticks', () => {
  const watcher = argo(limit).watch([pair(0, 0)], 4);
  const said = Array.from({ length: 48 }, (_, at) =>
    watcher.look([pair(10, at % 12 < 3 ? 1 : 0, 10, 0)], {
      second: (at + 1) * 5,
      stepSecond: (at + 1) * 5,
      weight: 50,
    }),
  );
  // Three bad calls of 120 a minute.
  expect(said.indexOf('RollBack')).toBe(47);
});
