import { atEndOfTurn } from './turn.ts';

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
