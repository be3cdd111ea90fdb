import { Registry } from 'prom-client';
import { manualTimers, settle } from '../../lib/manual-timers.ts';
import type { Attempt } from '../attempt.ts';
import type { Breakers } from '../breaker/breakers.ts';
import { CallError } from '../errors.ts';
import { noRoom } from '../failure.ts';
import type { BackendTarget } from '../table.ts';
import { type FailedTry, type LastResortOptions, lastResort } from './last-resort.ts';
import { retries } from './retries.ts';

const backend = (name: string): BackendTarget => ({
  name,
  provider: { namespace: 'n', name: 'p', dialect: 'OpenAI', origin: 'http://p', basePath: '' },
  model: name,
  parameters: {},
  firstTokenMs: 1,
  totalMs: 1,
});
const failure = (of: BackendTarget, over: object = {}) => ({
  kind: 'failure' as const,
  backend: of,
  outcome: 'upstream_5xx' as const,
  error: new CallError('provider_error', 'down'),
  status: 503,
  ...over,
});

/** Asks one after the other of `names`, each of which fails as `over` says, and again when it is asked again. */
function scene(names: Record<string, object>, over: Partial<LastResortOptions> = {}) {
  const timers = manualTimers();
  const registry = new Registry();
  const asked: string[] = [];
  const tries = Object.entries(names).map(([name, how]): FailedTry => {
    const of = backend(name);
    return {
      backend: of,
      made: failure(of, how),
      sent: {},
      async again(): Promise<Attempt> {
        asked.push(`${name} at ${timers.now()}`);
        return failure(of, how);
      },
    };
  });
  const options: LastResortOptions = {
    retries: retries({ registry, timers, now: timers.now, random: () => 0 }),
    breakers: undefined,
    within: undefined,
    streams: false,
    onDeadline: () => {},
    ...over,
  };
  return { timers, registry, asked, tries, options, run: () => lastResort(options, tries) };
}

test('the first that may do better is asked twice more, with growing waits', async () => {
  const { asked, timers, run } = scene({ a: { status: 404 }, b: {}, c: {} });
  const came = run();
  await timers.advance(10_000);
  expect((await came)?.of.backend.name).toBe('b');
  expect(asked).toEqual(['b at 125', 'b at 375']);
});

test('a breaker that is open, or opens while a call waits, is left alone', async () => {
  const open = new Set(['a']);
  const breakers = { isClosed: ({ name }: BackendTarget) => !open.has(name) } as Breakers;
  const { asked, timers, run } = scene({ a: {}, b: {} }, { breakers });
  const came = run();
  await settle();
  expect(timers.pending()).toBe(1);
  open.add('b');
  await timers.advance(10_000);
  expect(await came).toBeUndefined();
  expect(asked).toEqual([]);
});

test('what a budget has no room for is not asked again', async () => {
  const over = noRoom({ error: new CallError('budget_exceeded', 'no'), degrade: false }).over!;
  const { asked, timers, run } = scene({ a: {} }, { within: { admit: () => over } });
  const came = run();
  await timers.advance(10_000);
  expect(await came).toBeUndefined();
  expect(asked).toEqual([]);
});

test('without leave nobody waits, and that is counted until no route asks the model any more', async () => {
  const { asked, timers, registry, options, run } = scene({ a: {} });
  while (options.retries.take(backend('a'))) {
    // Uses up what there is.
  }
  expect(await run()).toBeUndefined();
  expect(timers.pending()).toBe(0);
  expect(asked).toEqual([]);
  const refused = 'sluice_gateway_retries_refused_total{namespace="n",provider="p",model="a"} 2';
  expect(await registry.metrics()).toContain(refused);
  options.retries.follow({ entries: new Map() } as unknown as Parameters<typeof options.retries.follow>[0]);
  expect(await registry.metrics()).not.toContain('model="a"');
});

test('a caller that goes ends the wait', async () => {
  let cancel = () => {};
  const { asked, timers, run } = scene({ a: {} }, { onDeadline: (clock) => (cancel = () => clock.cancel()) });
  const came = run();
  await settle();
  cancel();
  expect((await came)?.made).toMatchObject({ kind: 'failure', outcome: 'client_cancelled' });
  expect(timers.pending()).toBe(0);
  expect(asked).toEqual([]);
});

test('routes that ask the same model share its retries, over tables too', () => {
  const { options } = scene({});
  const { take, follow } = options.retries;
  expect([take(backend('a')), take(backend('a')), take(backend('a'))]).toEqual([true, true, false]);
  const arm = { revision: 'r', backends: [backend('a')] };
  const entries = new Map([['r', { kind: 'ModelRoute', stable: arm }]]);
  follow({ entries } as unknown as Parameters<typeof follow>[0]);
  expect(take(backend('a'))).toBe(false);
});
