import { Registry } from 'prom-client';
import { gatheredCounter } from './gathered-counter.ts';

function scene() {
  const registry = new Registry();
  const config = {
    name: 'calls_total',
    help: 'Calls.',
    labelNames: ['of', 'outcome'],
    registers: [registry],
  };
  const counter = gatheredCounter<{ of: string }, 'good' | 'bad'>(config, 'outcome');
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('calls'));
  return { counter, lines };
}

test('what was counted is there whenever somebody looks, once', async () => {
  const { counter, lines } = scene();
  const [a, b] = [{ of: 'a' }, { of: 'b' }];
  for (let n = 0; n < 3; n++) counter.inc(a, 'good', 1);
  counter.inc(a, 'bad', 2);
  counter.inc(b, 'good', 0.5);
  const first = [
    'calls_total{of="a",outcome="good"} 3',
    'calls_total{of="a",outcome="bad"} 2',
    'calls_total{of="b",outcome="good"} 0.5',
  ];
  expect(await lines()).toEqual(first);
  expect(await lines()).toEqual(first);
  counter.inc({ of: 'a' }, 'good', 1);
  expect((await lines())[0]).toBe('calls_total{of="a",outcome="good"} 4');
});

test('what is removed is gone, be it counted or only gathered', async () => {
  const { counter, lines } = scene();
  const a = { of: 'a' };
  counter.inc(a, 'good', 1);
  await lines();
  counter.inc(a, 'good', 1);
  counter.inc(a, 'bad', 1);
  counter.remove(a, 'good');
  counter.remove(a, 'bad');
  expect(await lines()).toEqual([]);
});

test('a counter without another label', async () => {
  const registry = new Registry();
  const config = { name: 'cost', help: 'Cost.', labelNames: ['of'], registers: [registry] };
  const counter = gatheredCounter<{ of: string }, undefined>(config, undefined);
  const a = { of: 'a' };
  counter.inc(a, undefined, 0.5);
  counter.inc(a, undefined, 0.25);
  expect(await registry.metrics()).toContain('cost{of="a"} 0.75');
  counter.remove(a, undefined);
  expect(await registry.metrics()).not.toContain('cost{');
});
