import { countCalls, isExact } from '../bench/count/count.ts';

test.each([1, 3])(
  'every call that was answered is in the record exactly once, with the outcome that its caller saw: %d processes',
  async (workers) => {
    const count = await countCalls({ calls: 3_000, connections: 16, workers });
    expect(count).toMatchObject({
      answered: 3_000,
      records: 3_000,
      missing: 0,
      twice: 0,
      unknown: 0,
      wrong: 0,
    });
    expect(isExact(count)).toBe(true);
  },
);
