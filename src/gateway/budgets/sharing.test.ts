import fc from 'fast-check';
import { silentLog } from '../../lib/log.ts';
import { type ManualTimers, manualTimers } from '../../lib/manual-timers.ts';
import type { CountStore } from '../../store/counts.ts';
import { type Accounts, accountsInMemory, sumOf } from './accounts.ts';
import { FIRST_LOOK_MS, SHARE_MS, type Sharing, shareAccounts } from './sharing.ts';

const KEEP = 3_600_000;

/** A store in memory that can be away, slow, or lose everything. */
function memoryCounts() {
  const sums = new Map<string, Map<string, number>>();
  const it = { away: false, hangs: false, exchanges: 0 };
  const store: CountStore = {
    async exchange(changes) {
      it.exchanges++;
      if (it.hangs) return new Promise(() => {});
      if (it.away) throw new Error('away');
      return changes.map(({ key, field, part }) => {
        const fields = sums.get(key) ?? new Map<string, number>();
        sums.set(key, fields);
        if (part !== undefined) fields.set(field, part);
        const own = fields.get(field) ?? 0;
        return { part: own, others: [...fields.values()].reduce((sum, each) => sum + each, 0) - own };
      });
    },
    close: async () => {},
  };
  return { store, it, lose: () => sums.clear() };
}

interface Replica {
  accounts: Accounts;
  sharing: Sharing;
}

function replica(store: CountStore, timers: ManualTimers, log = silentLog): Replica {
  const accounts = accountsInMemory(timers);
  return { accounts, sharing: shareAccounts({ store, accounts: [accounts], log, timers }) };
}

const spend = ({ accounts }: Replica, amount: number, key = 'k') => {
  accounts.open(key, KEEP).own += amount;
};
const spent = ({ accounts }: Replica, key = 'k') => sumOf(accounts.open(key, KEEP));

test('what one replica spends is known to the others after a second or two', async () => {
  const timers = manualTimers();
  const { store } = memoryCounts();
  const [a, b] = [replica(store, timers), replica(store, timers)];
  spend(a, 3);
  spend(b, 4);
  expect([spent(a), spent(b)]).toEqual([3, 4]);
  await timers.advance(2 * SHARE_MS);
  expect([spent(a), spent(b)]).toEqual([7, 7]);
  spend(a, -1);
  await timers.advance(2 * SHARE_MS);
  expect([spent(a), spent(b)]).toEqual([6, 6]);
});

test('a store that is near is asked as often as it says, but for a tenth of the time at most', async () => {
  const timers = manualTimers();
  const { store, it } = memoryCounts();
  const near = { ...store, everyMs: 100 };
  const [a, b] = [replica(near, timers), replica(near, timers)];
  spend(a, 3);
  await timers.advance(100);
  spend(b, 4);
  await timers.advance(200);
  expect([spent(a), spent(b)]).toEqual([7, 7]);
  it.exchanges = 0;
  await timers.advance(1_000);
  expect(it.exchanges).toBe(20);

  const slow = replica(
    {
      ...near,
      async exchange(changes) {
        await new Promise<void>((resolve) => timers.after(50, resolve));
        return store.exchange(changes);
      },
    },
    timers,
  );
  await Promise.all([a.sharing.stop(), b.sharing.stop()]);
  spend(slow, 1);
  await timers.advance(0);
  it.exchanges = 0;
  await timers.advance(10 * SHARE_MS);
  expect(it.exchanges).toBeGreaterThan(18);
  expect(it.exchanges).toBeLessThan(22);
});

test('without a store each counts alone, says so once, and all is shared once it is back, empty', async () => {
  const timers = manualTimers();
  const { store, lose, it } = memoryCounts();
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  const [a, b] = [replica(store, timers, { ...silentLog, info: say, warn: say }), replica(store, timers)];
  spend(a, 3);
  spend(b, 4);
  await timers.advance(2 * SHARE_MS);
  it.away = true;
  spend(a, 10);
  spend(b, 20);
  await timers.advance(10 * SHARE_MS);
  expect([spent(a), spent(b)]).toEqual([17, 27]);
  expect([a.sharing.up(), said]).toEqual([
    false,
    ['the budget store does not answer: each replica counts alone'],
  ]);
  lose();
  it.away = false;
  await timers.advance(3 * SHARE_MS);
  expect([spent(a), spent(b)]).toEqual([37, 37]);
  expect(a.sharing.up()).toBe(true);
  expect(said).toHaveLength(2);
});

test('a store that lost everything in between has it again, though nothing new was spent', async () => {
  const timers = manualTimers();
  const { store, lose } = memoryCounts();
  const [a, b] = [replica(store, timers), replica(store, timers)];
  spend(a, 3);
  spend(b, 4);
  await timers.advance(2 * SHARE_MS);
  lose();
  await timers.advance(3 * SHARE_MS);
  expect(spent(a)).toBe(7);
  expect(spent(b)).toBe(7);
});

test('an account that is new here waits for the store, and for a slow one no longer than a few ms', async () => {
  const timers = manualTimers();
  const { store, it } = memoryCounts();
  const [a, b] = [replica(store, timers), replica(store, timers)];
  spend(a, 3);
  await timers.advance(2 * SHARE_MS);
  await b.sharing.look([b.accounts.open('k', KEEP)]);
  expect(spent(b)).toBe(3);
  expect(b.sharing.look([b.accounts.open('k', KEEP)])).toBeUndefined();

  it.hangs = true;
  let waited = false;
  const look = b.sharing.look([b.accounts.open('other', KEEP)])?.then(() => {
    waited = true;
  });
  await timers.advance(FIRST_LOOK_MS - 1);
  expect(waited).toBe(false);
  await timers.advance(1);
  await look;
  expect(waited).toBe(true);
  // One that is known not to answer is not waited for at all.
  await timers.advance(2 * SHARE_MS);
  expect(b.sharing.look([b.accounts.open('another', KEEP)])).toBeUndefined();
});

test('at rest nothing is asked', async () => {
  const timers = manualTimers();
  const { store, it } = memoryCounts();
  const a = replica(store, timers);
  await timers.advance(10 * SHARE_MS);
  expect(it.exchanges).toBe(0);
  spend(a, 1);
  await timers.advance(120 * SHARE_MS);
  const before = it.exchanges;
  await timers.advance(60 * SHARE_MS);
  expect(it.exchanges).toBe(before);
});

test('the last of it is told at the end', async () => {
  const timers = manualTimers();
  const { store } = memoryCounts();
  const [a, b] = [replica(store, timers), replica(store, timers)];
  await timers.advance(SHARE_MS / 2);
  spend(a, 5);
  const stopped = a.sharing.stop();
  await timers.advance(SHARE_MS);
  await stopped;
  spend(b, 1);
  await timers.advance(2 * SHARE_MS);
  expect(spent(b)).toBe(6);
});

test('a replica that lets a call pass knows of all that the others spent until two seconds before', async () => {
  const arrival = fc.record({ who: fc.nat(3), cost: fc.integer({ min: 1, max: 40 }), after: fc.nat(600) });
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 60 }), async (arrivals) => {
      const limit = 400;
      const timers = manualTimers();
      const { store } = memoryCounts();
      const replicas = [0, 1, 2, 3].map(() => replica(store, timers));
      // Until they have looked once they know of nothing.
      for (const each of replicas) spend(each, 0);
      await timers.advance(SHARE_MS);
      const passed: { who: number; cost: number; at: number }[] = [];
      for (const { who, cost, after } of arrivals) {
        await timers.advance(after);
        const at = timers.now();
        if (spent(replicas[who]!) >= limit) continue;
        const known = passed.filter((each) => each.who === who || each.at <= at - 2 * SHARE_MS);
        expect(known.reduce((sum, each) => sum + each.cost, 0)).toBeLessThan(limit);
        spend(replicas[who]!, cost);
        passed.push({ who, cost, at });
      }
    }),
    { numRuns: 60 },
  );
});

test('whatever replicas spend, and however often the store goes and comes back empty, in the end all know the whole', async () => {
  const step = fc.oneof(
    fc.record({ spend: fc.integer({ min: 0, max: 1_000 }), who: fc.nat(2) }),
    fc.record({ giveBack: fc.nat(2) }),
    fc.constantFrom('away' as const, 'back' as const, 'lose' as const),
    fc.record({ wait: fc.integer({ min: 1, max: 3_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const timers = manualTimers();
      const { store, lose, it } = memoryCounts();
      const replicas = [0, 1, 2].map(() => replica(store, timers));
      let whole = 0;
      for (const each of steps) {
        if (each === 'lose') lose();
        else if (typeof each === 'string') it.away = each === 'away';
        else if ('wait' in each) await timers.advance(each.wait);
        else if ('giveBack' in each) {
          const account = replicas[each.giveBack]!.accounts.open('k', KEEP);
          const back = Math.floor(account.own / 2);
          account.own -= back;
          whole -= back;
        } else {
          whole += each.spend;
          spend(replicas[each.who]!, each.spend);
        }
        // No replica ever knows less than what it spent itself.
        for (const one of replicas)
          expect(spent(one)).toBeGreaterThanOrEqual(one.accounts.open('k', KEEP).own);
      }
      it.away = false;
      await timers.advance(4 * SHARE_MS);
      for (const one of replicas) expect(spent(one)).toBe(whole);
    }),
    { numRuns: 60 },
  );
});
