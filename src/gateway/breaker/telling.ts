import type { Registry } from 'prom-client';
import type { Log } from '../../lib/log.ts';
import { breakerMetrics } from './breaker-metrics.ts';
import { type Breakers, breakers } from './breakers.ts';

/** Breakers that say in the log and in metrics when they open. `now` is in ms, of a clock that never jumps. */
export function tellingBreakers(registry: Registry, log: Log, now?: () => number): Breakers {
  const own = breakers((backend) => {
    const { provider, model } = backend;
    metrics.opened(backend);
    log.warn(
      { provider: `${provider.namespace}/${provider.name}`, model },
      'its calls fail: other backends are asked first',
    );
  }, now);
  const metrics = breakerMetrics(registry, own.states);
  return {
    ...own,
    follow(table) {
      own.follow(table);
      metrics.follow(own.states());
    },
  };
}
