import { Registry } from 'prom-client';
import { readRateLimits } from './rate-limit-headers.ts';
import { KEPT_MS, rateLimits } from './rate-limits.ts';
import type { BackendTarget } from './table.ts';

const backend = (name: string, model: string) =>
  ({ provider: { namespace: 'n', name }, model }) as BackendTarget;

function stage() {
  let now = 0;
  const registry = new Registry();
  const limits = rateLimits(registry, () => now);
  const lines = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { ...limits, lines, wait: (ms: number) => (now += ms) };
}

test('the limits of both dialects', () => {
  expect(
    readRateLimits({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-remaining-tokens': ' 149984 ',
      'x-ratelimit-reset-tokens': '6m0s',
    }),
  ).toEqual([
    { of: 'requests', limit: 60, remaining: 59 },
    { of: 'tokens', remaining: 149_984 },
  ]);
  expect(
    readRateLimits({
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-input-tokens-limit': '30000',
      'anthropic-ratelimit-output-tokens-remaining': '8000',
    }),
  ).toEqual([
    { of: 'requests', remaining: 0 },
    { of: 'input_tokens', limit: 30_000 },
    { of: 'output_tokens', remaining: 8_000 },
  ]);
});

test.each(['', 'many', '-1', '1e9', '0x10', 'Infinity', '9'.repeat(400)])(
  '%p is no number of calls',
  (value) => {
    expect(readRateLimits({ 'x-ratelimit-remaining-requests': value })).toEqual([]);
  },
);

test('what was said last is shown, of each model', async () => {
  const { heard, lines } = stage();
  heard(backend('p', 'a'), { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '59' });
  heard(backend('p', 'a'), { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '58' });
  heard(backend('p', 'b'), { 'anthropic-ratelimit-tokens-remaining': '7' });
  heard(backend('p', 'c'), { 'content-type': 'application/json' });
  expect(await lines()).toEqual([
    'sluice_gateway_rate_limit_age_seconds{namespace="n",provider="p",model="a"} 0',
    'sluice_gateway_rate_limit_age_seconds{namespace="n",provider="p",model="b"} 0',
    'sluice_gateway_rate_limit{namespace="n",provider="p",model="a",of="requests"} 60',
    'sluice_gateway_rate_limit_remaining{namespace="n",provider="p",model="a",of="requests"} 58',
    'sluice_gateway_rate_limit_remaining{namespace="n",provider="p",model="b",of="tokens"} 7',
  ]);
});

test('an answer that says nothing of limits leaves what was said before, and age takes it', async () => {
  const { heard, lines, wait } = stage();
  heard(backend('p', 'a'), { 'x-ratelimit-remaining-requests': '59' });
  heard(backend('p', 'a'), {});
  wait(KEPT_MS);
  expect(await lines()).toEqual([
    'sluice_gateway_rate_limit_age_seconds{namespace="n",provider="p",model="a"} 300',
    expect.stringContaining('_remaining'),
  ]);
  wait(1);
  expect(await lines()).toEqual([]);
});
