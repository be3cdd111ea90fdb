import { Registry } from 'prom-client';
import type { Budgets } from '../../api/budgets.ts';
import { type Log, silentLog } from '../../lib/log.ts';
import { manualTimers } from '../../lib/manual-timers.ts';
import { withoutAnswer } from '../answer.ts';
import type { Draw } from '../draw.ts';
import type { BackendTarget, PromptEntry, RouteEntry, Table } from '../table.ts';
import { budgets as budgetsOf } from './budgets.ts';
import { limitsOf } from './limits.ts';
import type { Came } from './spent.ts';

const NOON = new Date('2026-11-24T12:00:00Z');
/** Each token, sent or answered, costs a USD. */
const backend = { price: { input: 1e6, cachedInput: 1e6, output: 1e6 } } as unknown as BackendTarget;
const unpriced = {} as BackendTarget;
const endpoint = {};
/** One token by the estimate: a name of a field with four letters. */
const ONE = { text: '' };

function stage(ofRoute: Budgets | undefined, ofPrompt?: Budgets, log: Log = silentLog) {
  const registry = new Registry();
  const budgets = budgetsOf({ log, registry, now: () => NOON, timers: manualTimers() });
  const entry = (kind: string, name: string, given: Budgets | undefined) =>
    ({ kind, namespace: 'n', name, uid: name, ...(given && { budgets: limitsOf(given) }) }) as unknown;
  const route = entry('ModelRoute', 'r', ofRoute) as RouteEntry;
  const prompt = entry('PromptRelease', 'p', ofPrompt) as PromptEntry;
  const entries = new Map<string, PromptEntry | RouteEntry>([
    ['r', route],
    ['p', prompt],
  ]);
  budgets.follow({ entries } as unknown as Table);
  const draw: Draw = {
    route: { entry: route, side: 'stable' },
    prompt: { entry: prompt, side: 'stable' },
  };
  const value = async (name: string, kind = 'ModelRoute') => {
    const { values } = await registry.getSingleMetric(`sluice_gateway_budget_${name}`)!.get();
    return values.find(({ labels }) => labels.kind === kind)?.value;
  };
  return { budgets, draw, value, allow: () => budgets.allow(draw, { endpoint }) };
}

const came = (over: Partial<Came>): Came => ({ backend, outcome: 'success', latencyMs: 1, ...over });

test('without budgets there is nothing to do', () => {
  expect(stage(undefined).allow()).toBeUndefined();
});

test('room is kept from the first try on, and given back for what it came to', async () => {
  const { allow, value } = stage({ dailyUSD: '5000' });
  const call = allow()!;
  expect(await value('spent_usd')).toBe(0);
  expect(call.within.admit!(backend, { ...ONE, max_tokens: 9 })).toBeUndefined();
  // Two names of fields, the limit itself, and the answer.
  expect(await value('spent_usd')).toBe(4 + 1 + 9);
  call.settle(came({ cost: 3e6 }));
  expect(await value('spent_usd')).toBe(3);
  // Whatever they ask for, so much is kept at most: an early refusal would be for the whole day.
  allow()!.within.admit!(backend, { ...ONE, max_tokens: 1e9 });
  expect(await value('spent_usd')).toBe(3 + 5 + 1_000);
});

test('a call that comes to nothing gives all of its room back', async () => {
  const { allow, value } = stage({ dailyUSD: '5000' });
  const call = allow()!;
  call.within.admit!(backend, ONE);
  call.settle(undefined);
  expect(await value('spent_usd')).toBe(0);
});

test('whoever comes while another has the room is refused, also where both were let in before either was sent', () => {
  const { allow } = stage({ dailyUSD: '10' });
  const [a, b] = [allow()!, allow()!];
  expect([a.over, b.over]).toEqual([undefined, undefined]);
  expect(a.within.admit!(backend, ONE)).toBeUndefined();
  expect(b.within.admit!(backend, ONE)?.error.code).toBe('budget_exceeded');
  a.settle(came({ cost: 1e6 }));
  expect(allow()!.within.admit!(backend, ONE)).toBeUndefined();
});

test.each<[string, Partial<Came>, number]>([
  ['what the provider counted', { cost: 7e6 }, 7],
  ['an error costs nothing', { outcome: 'upstream_5xx' }, 0],
  ['a limit of the provider costs nothing', { outcome: 'rate_limited' }, 0],
  ['a time-out costs its input', { outcome: 'timeout' }, 1],
  [
    'a caller that goes pays its input and what it heard',
    { outcome: 'client_cancelled', answer: { ...withoutAnswer('client_cancelled'), text: 'abcdefgh' } },
    3,
  ],
  ['an answer without usage is estimated', { answer: { ...withoutAnswer('success'), text: 'abcd' } }, 2],
])('%s', async (_what, over, usd) => {
  const { allow, value } = stage({ dailyUSD: '5000' });
  const call = allow()!;
  call.within.admit!(backend, ONE);
  call.settle(came(over));
  expect(await value('spent_usd')).toBe(usd);
  expect(await value('unpriced_total')).toBeUndefined();
});

test('what has no price is counted as such, once a call and for each budget, and said once', async () => {
  const said: string[] = [];
  const log = { ...silentLog, warn: (_: object, text: string) => void said.push(text) };
  const { allow, value } = stage({ dailyUSD: '1' }, { perCallUSD: '1' }, log);
  for (let n = 0; n < 3; n++) {
    const call = allow()!;
    expect(call.within.admit!(unpriced, ONE)).toBeUndefined();
    call.settle(came({ backend: unpriced }));
  }
  expect(await value('unpriced_total')).toBe(3);
  expect(await value('unpriced_total', 'PromptRelease')).toBe(3);
  expect(await value('spent_usd')).toBe(0);
  expect(said).toHaveLength(2);
});

test('of two budgets that are used up the stricter decides, and the shorter time holds', () => {
  const { allow } = stage({ dailyUSD: '0', onLimit: 'Warn', total: '1m' }, { dailyUSD: '0', total: '10s' });
  const call = allow()!;
  expect(call.over).toMatchObject({ degrade: false, error: { status: 429 } });
  expect(call.warned()).toEqual(['daily']);
  expect(call.within.totalBy! - performance.now()).toBeLessThanOrEqual(10_000);
});

test('what providers take nothing for is not held to costs, and to its time all the same', () => {
  const { budgets, draw } = stage({ dailyUSD: '0', total: '1s' });
  const call = budgets.allow(draw, { endpoint: { free: true } })!;
  expect(call.over).toBeUndefined();
  expect(call.within.admit).toBeUndefined();
  expect(call.within.totalBy).toBeDefined();
});

test.each([300, 1e20, 1e306])(
  'a call that asks for %d answers takes back nothing that others have spent',
  async (n) => {
    const { allow, value } = stage({ dailyUSD: '5000000' });
    allow()!.settle(came({ cost: 3e6 }));
    const call = allow()!;
    expect(call.within.admit!(backend, { ...ONE, n })).toBeUndefined();
    expect(await value('spent_usd')).toBeLessThan(1_000_000);
    expect(allow()!.over).toBeUndefined();
    call.settle(came({ outcome: 'upstream_4xx' }));
    expect(await value('spent_usd')).toBe(3);
  },
);
