import type { Log } from '../../lib/log.ts';
import { manualTimers } from '../../lib/manual-timers.ts';
import { conversation, type Port } from './conversation.ts';
import { startFleet, type WorkerProcess } from './fleet.ts';
import type { OfPrimary, OfWorker } from './messages.ts';

interface Fake {
  worker: number;
  at: number;
  end(how?: string): void;
  hang(): void;
  ended: boolean;
  order?: unknown;
  stopped?: number;
}

const order = { feedbackKey: Buffer.alloc(32), listen: { host: '127.0.0.1', port: 1 } };

/** A fleet of workers that are none; `start` says what each answers to its start. */
function stage(workers: number, start: (nth: number) => Promise<{ url: string }>) {
  const timers = manualTimers();
  const started: Fake[] = [];
  const said: { message: string; fields: Record<string, unknown> }[] = [];
  const say = (fields: object, message: string) => void said.push({ message, fields: { ...fields } });
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const spawn = (worker: number): WorkerProcess => {
    const ended = Promise.withResolvers<string>();
    const listeners: ((message: unknown) => void)[] = [];
    let hangs = false;
    const port = (own: number): Port => ({
      send(message) {
        if (fake.ended) return false;
        if (!hangs) setImmediate(() => listeners[1 - own]?.(message));
        return true;
      },
      listen(listener) {
        listeners[own] = listener;
      },
    });
    const fake: Fake = {
      worker,
      at: timers.now(),
      ended: false,
      end(how = 'code 1') {
        fake.ended = true;
        ended.resolve(how);
      },
      hang() {
        hangs = true;
      },
    };
    started.push(fake);
    const nth = started.length;
    const unused = () => {
      throw new Error('not asked here');
    };
    conversation<OfPrimary, OfWorker>(
      port(1),
      {
        start(told) {
          fake.order = told;
          return start(nth);
        },
        async stop(graceMs) {
          fake.stopped = graceMs;
          return undefined;
        },
        alive: () => true,
        evidence: unused,
        metrics: unused,
        samples: unused,
        traits: unused,
      },
      timers,
    );
    return {
      pid: nth,
      port: port(0),
      ended: ended.promise,
      release: () => fake.end('code 0'),
      kill: () => fake.end('signal SIGKILL'),
    };
  };
  const fleet = startFleet({
    workers,
    spawn,
    order,
    answers: { counts: async () => [], feedback: () => true },
    log,
    timers,
    random: () => 0,
  });
  return { fleet, timers, started, said };
}

const serves = async () => ({ url: 'http://127.0.0.1:1' });

test('each worker is told its number and the rest, and serves once it says so', async () => {
  const { fleet, started, timers } = stage(2, serves);
  expect(fleet.serving()).toEqual([]);
  await timers.advance(0);
  expect(await fleet.first).toBe('http://127.0.0.1:1');
  expect(fleet.serving().map(({ worker }) => worker)).toEqual([1, 2]);
  expect(started.map((each) => each.order)).toEqual([
    { ...order, worker: 1 },
    { ...order, worker: 2 },
  ]);
});

test('one that ends is started again, later each time, under a new id; the others go on', async () => {
  const { fleet, started, timers, said } = stage(2, serves);
  await timers.advance(0);
  const [one, two] = fleet.serving().map(({ id }) => id);
  const waits: number[] = [];
  for (let n = 0; n < 12; n++) {
    const own = started.findLast(({ worker }) => worker === 1)!;
    own.end('code 7');
    const endedAt = timers.now();
    await timers.advance(0);
    expect(fleet.serving().map(({ worker }) => worker)).toEqual([2]);
    await timers.advance(30_000);
    waits.push(started.findLast(({ worker }) => worker === 1)!.at - endedAt);
  }
  expect(waits).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000]);
  expect(fleet.restarts()).toBe(12);
  const ids = fleet.serving().map(({ id }) => id);
  expect(ids).toContain(two);
  expect(ids).not.toContain(one);
  expect(said.filter(({ message }) => message.startsWith('a worker has ended'))).toHaveLength(12);
  expect(said.find(({ fields }) => fields.how === 'code 7')!.fields).toMatchObject({
    worker: 1,
    pid: 1,
    againMs: 50,
  });
});

test('one that served for a minute begins a new row of waits', async () => {
  const { started, timers } = stage(1, serves);
  for (let n = 0; n < 4; n++) {
    await timers.advance(5_000);
    started.at(-1)!.end();
  }
  await timers.advance(70_000);
  started.at(-1)!.end();
  const endedAt = timers.now();
  await timers.advance(1_000);
  expect(started.at(-1)!.at - endedAt).toBe(50);
});

test('what keeps the first from starting is said in its words, once, and nothing is started again', async () => {
  const { fleet, started, timers, said } = stage(3, async () => {
    throw new Error('listen EADDRINUSE');
  });
  await timers.advance(120_000);
  await expect(fleet.first).rejects.toThrow('listen EADDRINUSE');
  expect(started).toHaveLength(3);
  expect(started.every(({ ended }) => ended)).toBe(true);
  expect(said).toEqual([]);
  await fleet.stop(0);
});

test('one that cannot start later is tried again, and the log says why', async () => {
  const { fleet, started, timers, said } = stage(1, async (nth) => {
    if (nth === 2) throw new Error('the callers’ file cannot be read');
    return serves();
  });
  await timers.advance(0);
  started[0]!.end();
  await timers.advance(1_000);
  expect(fleet.serving()).toHaveLength(1);
  expect(said.find(({ fields }) => 'error' in fields)!.fields).toMatchObject({
    error: 'the callers’ file cannot be read',
    pid: 2,
  });
});

test('one that gives no sign of life twice is ended, one that does is not', async () => {
  const { fleet, started, timers, said } = stage(2, serves);
  await timers.advance(100_000);
  expect(started).toHaveLength(2);
  started[0]!.hang();
  await timers.advance(19_999);
  expect(started[0]!.ended).toBe(false);
  await timers.advance(10_001);
  expect(started[0]!.ended).toBe(true);
  await timers.advance(1_000);
  expect(
    fleet
      .serving()
      .map(({ worker }) => worker)
      .sort(),
  ).toEqual([1, 2]);
  expect(started).toHaveLength(3);
  expect(said.filter(({ message }) => message.includes('no sign of life'))).toHaveLength(1);
});

test('at the end all are asked to finish, and are ended where they do not', async () => {
  const { fleet, started, timers } = stage(3, (nth) => (nth === 3 ? new Promise(() => {}) : serves()));
  await timers.advance(0);
  started[1]!.hang();
  let stopped = false;
  const stopping = fleet.stop(20_000).then(() => {
    stopped = true;
  });
  await timers.advance(0);
  expect(started.map((each) => each.stopped)).toEqual([20_000, undefined, undefined]);
  // One has finished, the last had not begun.
  expect(started.map(({ ended }) => ended)).toEqual([true, false, true]);
  await timers.advance(24_499);
  expect(stopped).toBe(false);
  await timers.advance(1);
  await stopping;
  await timers.advance(60_000);
  expect(started).toHaveLength(3);
});
