import type { IncomingHttpHeaders } from 'node:http';
import { Gauge, type Registry } from 'prom-client';
import { readRateLimits, saysRateLimits } from './rate-limit-headers.ts';
import type { BackendTarget } from './table.ts';

/** Shows what providers say of their limits on rates. */
export interface RateLimits {
  /** Takes the headers of a backend's answer, whatever its status. */
  heard(backend: BackendTarget, headers: IncomingHttpHeaders): void;
}

/** What was said longer ago is not shown: the windows of providers are a minute, as a rule. */
export const KEPT_MS = 300_000;

/** By which the process is found, of several, that has heard of a provider last. */
export const RATE_LIMIT_AGE = 'sluice_gateway_rate_limit_age_seconds';

interface Heard {
  labels: { namespace: string; provider: string; model: string };
  headers: IncomingHttpHeaders;
  at: number;
}

/**
 * Gauges of what was said last, by provider and model as the resources name them.
 * @param now milliseconds of a clock that never jumps
 */
export function rateLimits(registry: Registry, now: () => number = () => performance.now()): RateLimits {
  const last = new Map<string, Heard>();
  const forgetOld = () => {
    for (const [key, { at }] of last) if (now() - at > KEPT_MS) last.delete(key);
  };
  const show = (name: string, help: string, which: 'limit' | 'remaining') =>
    new Gauge({
      name,
      help,
      labelNames: ['namespace', 'provider', 'model', 'of'],
      registers: [registry],
      collect() {
        this.reset();
        forgetOld();
        for (const { labels, headers } of last.values()) {
          for (const { of, [which]: value } of readRateLimits(headers)) {
            if (value !== undefined) this.set({ ...labels, of }, value);
          }
        }
      },
    });
  new Gauge({
    name: RATE_LIMIT_AGE,
    help: 'How long ago the provider said it.',
    labelNames: ['namespace', 'provider', 'model'],
    aggregator: 'min',
    registers: [registry],
    collect() {
      this.reset();
      forgetOld();
      for (const { labels, at } of last.values()) this.set(labels, (now() - at) / 1_000);
    },
  });
  show(
    'sluice_gateway_rate_limit',
    'What the provider said last that may be used of its model within its window, by what is counted.',
    'limit',
  );
  show(
    'sluice_gateway_rate_limit_remaining',
    'What the provider said last that is left of that.',
    'remaining',
  );

  return {
    // The headers are read when somebody looks: calls are many.
    heard({ provider: { namespace, name }, model }, headers) {
      if (!saysRateLimits(headers)) return;
      const key = `${namespace}/${name} ${model}`;
      const before = last.get(key);
      if (before === undefined) {
        forgetOld();
        last.set(key, { labels: { namespace, provider: name, model }, headers, at: now() });
      } else {
        before.headers = headers;
        before.at = now();
      }
    },
  };
}
