import { isFinished } from '../../api/evidence.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import { detectorsFor } from '../../privacy/detectors.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { placeOf } from '../split.ts';
import type { Table } from '../table.ts';
import { type Answered, type Sample, sampleOf } from './sample.ts';

export interface Sampler {
  /**
   * Keeps an answer that a release in rollout wants scored, where the call is drawn: alike for both of its revisions. Returns
   * at once and never throws. What the queue has no room for is dropped and counted.
   */
  offer(answered: Answered): void;
  /** Takes the oldest samples out of the queue. */
  take(most: number): Sample[];
  /** Forgets what waits where no release wants anything scored any more. */
  follow(table: Table): void;
}

export interface SamplerOptions {
  metrics: Pick<GatewayMetrics, 'sampled'>;
  log: Log;
  /** Samples that wait at most. */
  most?: number;
}

/** Samples that are taken at a time, at most. */
export const MOST_SAMPLES = 32;
/** Of 256 Ki characters at most each: some 100 MB where all are as long as they may be. */
export const MOST_WAITING = 256;

export function sampler({ metrics, log, most = MOST_WAITING }: SamplerOptions): Sampler {
  const detectors = detectorsFor();
  let waiting: Sample[] = [];

  const keep = (answered: Answered, place: number): void => {
    const { kind, namespace, name: release } = answered.parts[0]!.entry;
    const count = (result: 'kept' | 'dropped' | 'too_long') =>
      metrics.sampled({ kind, namespace, release, revision: answered.parts[0]!.revision }, result);
    if (waiting.length >= most) return count('dropped');
    const { privacy } = answered.tried.draw.route.entry;
    const sample = sampleOf(answered, place, privacy?.detectors ?? detectors);
    if (sample === undefined) return count('too_long');
    waiting.push(sample);
    count('kept');
  };

  return {
    offer(answered) {
      const { parts: all, tried, came, call } = answered;
      // What a later backend, or stable, answered in its place is no answer of the revision's.
      if (tried.failure !== undefined || !isFinished(came.outcome)) return;
      // Nor is what its caller cut off: whoever learns which revision serves it could have that one scored down.
      if (came.answer?.cutByCaller) return;
      const sampled = all.filter(({ entry }) => entry.sample !== undefined);
      if (sampled.length === 0) return;
      const place = placeOf(call.id, '', '');
      const parts = sampled.filter(({ entry }) => place < entry.sample!);
      if (parts.length === 0) return;
      // The answer to the caller goes out first.
      setImmediate(() => {
        try {
          keep({ ...answered, parts }, place);
        } catch (error) {
          log.error({ error: messageOf(error) }, 'an answer could not be sampled');
        }
      });
    },
    take: (count) => waiting.splice(0, Math.max(0, count)),
    follow({ entries }) {
      if (waiting.length > 0 && ![...entries.values()].some(({ sample }) => sample !== undefined))
        waiting = [];
    },
  };
}
