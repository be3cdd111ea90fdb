import { atEndOfTurn, turnsEnded } from './turn.ts';

test('what waits runs in one go, in order, when all that came in has been seen to', async () => {
  const ran: string[] = [];
  atEndOfTurn(() => ran.push('a'));
  atEndOfTurn(() => {
    ran.push('b');
    atEndOfTurn(() => ran.push('the next turn'));
  });
  await Promise.resolve();
  expect(ran).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ran).toEqual(['a', 'b']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ran).toEqual(['a', 'b', 'the next turn']);
});

test('turns are counted that have something to run, with the one that is ending', async () => {
  const before = turnsEnded();
  const seen: number[] = [];
  atEndOfTurn(() => seen.push(turnsEnded() - before));
  atEndOfTurn(() => {
    seen.push(turnsEnded() - before);
    atEndOfTurn(() => seen.push(turnsEnded() - before));
  });
  expect(turnsEnded()).toBe(before);
  while (seen.length < 3) await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([1, 1, 2]);
});
