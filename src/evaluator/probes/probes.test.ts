import { Registry } from 'prom-client';
import { world } from '../../../test/controllers/world.ts';
import type { Probed } from '../../gateway/probe.ts';
import { manualTimers } from '../../lib/manual-timers.ts';
import { StoreError } from '../../store/store.ts';
import { probeMetrics } from './probe-metrics.ts';
import { type Probes, startProbes } from './probes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let running: Probes | undefined;
afterEach(() => running?.stop());

/** A route that asks provider `sim` for `m` and `fallback`, probes every hour, and a provider that answers as the test says. */
async function stage(probe: { interval?: string } | undefined = { interval: '1h' }) {
  const it = world();
  const timers = manualTimers();
  const clock = {
    now: () => new Date(Date.UTC(2026, 0, 1) + timers.now()),
    monotonic: timers.now,
  };
  const asked: string[] = [];
  const down = new Set<string>();
  let underWay = 0;
  let held: PromiseWithResolvers<void> | undefined;
  const prober = {
    async probe(_provider: unknown, model: string): Promise<Probed> {
      asked.push(model);
      underWay++;
      await held?.promise;
      underWay--;
      return down.has(model) ? { error: `no ${model} here` } : { latencyMs: 7 };
    },
    close: async () => {},
  };
  const start = () => {
    running = startProbes({ store: it.store, clock, prober, queue: { workers: 4, timers } });
  };
  it.putProvider(probe && { probe });
  const backends = ['m', 'fallback'].map((model) => ({
    name: `b-${model}`,
    providerRef: { name: 'sim' },
    model,
  }));
  it.putRoute('m', { backends });
  start();
  await timers.advance(1);
  const probes = () => it.store.get('ModelProvider', 'n', 'sim')?.status.probes;
  const hold = () => {
    held = Promise.withResolvers<void>();
    return held;
  };
  return { it, timers, asked, down, probes, start, hold, underWay: () => underWay };
}

test('every model that a route asks is probed at once, and then once an interval and a tenth at most', async () => {
  const { timers, asked, probes } = await stage();
  expect(asked.toSorted()).toEqual(['fallback', 'm']);
  expect(probes()).toMatchObject([
    { model: 'fallback', result: 'Works', latencyMs: 7 },
    { model: 'm', result: 'Works' },
  ]);
  await timers.advance(HOUR - MINUTE);
  expect(asked).toHaveLength(2);
  await timers.advance(MINUTE + 0.1 * HOUR);
  expect(asked).toHaveLength(4);
  await timers.advance(10 * 1.1 * HOUR);
  expect(asked.length).toBeGreaterThanOrEqual(2 * 11);
  expect(asked.length).toBeLessThanOrEqual(2 * 13);
});

test('a new process goes on from the status', async () => {
  const { timers, asked, start } = await stage();
  await running!.stop();
  start();
  await timers.advance(HOUR - MINUTE);
  expect(asked).toHaveLength(2);
  await timers.advance(MINUTE + 0.1 * HOUR);
  expect(asked).toHaveLength(4);
});

test('a fallback that does not answer shows on its provider and its route until it does, and is asked more often', async () => {
  const { it, timers, down, probes } = await stage();
  await it.pass();
  const told = () => it.routeStatus().conditions?.find(({ type }) => type === 'BackendsWork');
  expect(told()).toBeUndefined();
  down.add('fallback');
  await timers.advance(1.1 * HOUR);
  await it.pass();
  expect(probes()?.[0]).toMatchObject({ result: 'Fails', message: 'no fallback here' });
  expect(Date.parse(probes()![0]!.lastWorkedAt!)).toBeLessThan(Date.parse(probes()![0]!.lastProbeAt));
  expect(told()).toMatchObject({ status: 'False', reason: 'FallbackFails' });
  expect(told()?.message).toContain('fallback b-fallback: model fallback of ModelProvider sim');
  expect(it.routeStatus().phase).toBe('Healthy');
  await it.pass();
  expect(it.store.events.filter(({ reason }) => reason === 'FallbackFails')).toHaveLength(1);
  const provider = () => it.store.get('ModelProvider', 'n', 'sim')!.status;
  expect(provider().conditions?.map(({ type }) => type)).toContain('BackendsWork');
  expect(provider().conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  down.delete('fallback');
  await timers.advance(6 * MINUTE);
  await it.pass();
  expect(told()).toBeUndefined();
  expect(provider().conditions?.map(({ type }) => type)).not.toContain('BackendsWork');
});

test('a first backend that does not answer is another reason', async () => {
  const { it, timers, down } = await stage();
  down.add('m');
  await timers.advance(1.1 * HOUR);
  await it.pass();
  const told = it.routeStatus().conditions?.find(({ type }) => type === 'BackendsWork');
  expect(told?.reason).toBe('FirstBackendFails');
});

test('without spec.probe nothing is asked, and what was known is forgotten', async () => {
  const { it, timers, asked, probes } = await stage();
  it.putProvider();
  await timers.advance(1);
  expect(probes()).toBeUndefined();
  await timers.advance(5 * HOUR);
  expect(asked).toHaveLength(2);
});

test('a model that no route asks any more is forgotten, a new one is asked at once', async () => {
  const { it, timers, asked, probes } = await stage();
  it.putRoute('other');
  await timers.advance(1);
  expect(probes()?.map(({ model }) => model)).toEqual(['other']);
  expect(asked.at(-1)).toBe('other');
});

test('a write that meets another is made again, and spares what the other wrote', async () => {
  const { it, timers, down, probes } = await stage();
  down.add('fallback');
  it.store.failNextWrite(new StoreError('Conflict', 'somebody wrote'));
  await timers.advance(1.2 * HOUR);
  await it.pass();
  expect(probes()?.map(({ result }) => result)).toEqual(['Fails', 'Works']);
  expect(it.store.get('ModelProvider', 'n', 'sim')?.status.conditions).toBeDefined();
});

test('many providers are asked four at a time', async () => {
  const { it, timers, asked, hold, underWay } = await stage();
  const held = hold();
  for (let n = 0; n < 20; n++) {
    const name = `p-${n}`;
    const spec = { dialect: 'OpenAI' as const, baseURL: 'http://127.0.0.1:1/v1', probe: {} };
    it.store.put({ kind: 'ModelProvider', metadata: { name, namespace: 'n' }, spec });
    const backends = [{ name: 'b', providerRef: { name }, model: `model-${n}` }];
    it.store.put({ kind: 'ModelRoute', metadata: { name, namespace: 'n' }, spec: { backends } });
  }
  await timers.advance(1);
  expect(underWay()).toBe(4);
  held.resolve();
  for (let n = 0; n < 20; n++) await timers.advance(1);
  expect(new Set(asked).size).toBe(22);
});

test('metrics show the last probe of each model', async () => {
  const { it, timers, down } = await stage();
  const registry = new Registry();
  probeMetrics(registry, it.store);
  down.add('fallback');
  await timers.advance(1.1 * HOUR);
  const text = await registry.metrics();
  expect(text).toContain('sluice_probe_success{namespace="n",provider="sim",model="m"} 1');
  expect(text).toContain('sluice_probe_success{namespace="n",provider="sim",model="fallback"} 0');
  expect(text).toContain('sluice_probe_seconds{namespace="n",provider="sim",model="m"} 0.007');
  expect(text).not.toContain('sluice_probe_seconds{namespace="n",provider="sim",model="fallback"}');
});
