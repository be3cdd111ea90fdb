import { manualTimers } from '../../lib/manual-timers.ts';
import { conversation, NoAnswer, type Port } from './conversation.ts';

type Sums = { sum: { asked: number[]; answered: number }; never: { asked: undefined; answered: 0 } };

/** Two ends of one channel, over which nothing but what can be cloned goes. */
function ports(): [Port, Port, { cut(): void }] {
  const listeners: ((message: unknown) => void)[] = [];
  let open = true;
  const port = (own: number): Port => ({
    send(message) {
      if (!open) return false;
      const copy = structuredClone(message);
      setImmediate(() => listeners[1 - own]!(copy));
      return true;
    },
    listen(listener) {
      listeners[own] = listener;
    },
  });
  return [port(0), port(1), { cut: () => (open = false) }];
}

function stage() {
  const [one, other, { cut }] = ports();
  const timers = manualTimers();
  const asking = conversation<Sums, Record<never, never>>(one, {}, timers);
  conversation<Record<never, never>, Sums>(
    other,
    {
      sum(numbers) {
        if (numbers.length === 0) throw new RangeError('nothing to add');
        return numbers.reduce((sum, each) => sum + each, 0);
      },
      never: () => new Promise<never>(() => {}),
    },
    timers,
  );
  return { asking, timers, cut, other };
}

test('each question gets its own answer', async () => {
  const { asking } = stage();
  expect(await Promise.all([asking.ask('sum', [1, 2]), asking.ask('sum', [3])])).toEqual([3, 3]);
  expect(await asking.ask('sum', [4, 5])).toBe(9);
});

test('what fails there fails here, in the same words', async () => {
  const { asking } = stage();
  await expect(asking.ask('sum', [])).rejects.toMatchObject({ why: 'failed', message: 'nothing to add' });
  await expect(asking.ask('toString' as never, undefined as never)).rejects.toMatchObject({
    why: 'failed',
    message: 'nobody answers to toString',
  });
});

test('no answer in time, and none from one that has ended', async () => {
  const { asking, timers, cut } = stage();
  const late = asking.ask('never', undefined, 100);
  const gone = asking.ask('never', undefined);
  late.catch(() => {});
  gone.catch(() => {});
  await timers.advance(99);
  expect(timers.pending()).toBe(1);
  await timers.advance(1);
  await expect(late).rejects.toMatchObject({ why: 'late' });
  asking.end();
  await expect(gone).rejects.toBeInstanceOf(NoAnswer);
  await expect(asking.ask('sum', [1])).rejects.toMatchObject({ why: 'gone' });
  cut();
  expect(timers.pending()).toBe(0);
});

test('a port that takes nothing any more is as one that has ended; what is no message of ours is left alone', async () => {
  const { asking, cut, other } = stage();
  other.send({ cmd: 'something of Node' });
  expect(await asking.ask('sum', [1])).toBe(1);
  cut();
  await expect(asking.ask('sum', [1])).rejects.toMatchObject({ why: 'gone' });
});
