import type { CustomReading } from '../api/evidence.ts';
import { contentHash } from '../lib/canonical.ts';
import { type Log, messageOf, silentLog } from '../lib/log.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import { prometheusClient } from './prometheus/client.ts';
import { type ReadArms, readGuardrail } from './prometheus/guardrail.ts';
import { memory } from './prometheus/memory.ts';
import type { Arms, CustomQueries, CustomSource } from './prometheus/source.ts';

export interface PrometheusEvidenceOptions {
  /** Base URL, perhaps with a path; without credentials. */
  url: string;
  /** File with a bearer token, read anew for each query. */
  tokenFile?: string;
  /** Longest wait for one query, in ms. Default 3,000. */
  timeoutMs?: number;
  /** The time that queries are asked about, in ms since the epoch. */
  now?: () => number;
  timers?: Timers;
  log?: Log;
}

/** How long one reading serves: a release is looked at each second, and metrics are scraped less often than that. */
const FRESH_MS = 5_000;
/** How old a reading may be that is given while the next is under way. */
const KEPT_MS = 30_000;
/** How long a release waits for its first reading: guardrails that are not Prometheus's must not wait for a dead one. */
const PATIENCE_MS = 500;
const MOST_READINGS = 500;

/**
 * Reads the users' own counters and histograms from Prometheus as they are, both revisions at the same instant. A reading
 * is given for 5 s, and a later one while the next is under way, so that `read` never waits longer than half a second.
 */
export function prometheusEvidence(
  options: PrometheusEvidenceOptions,
): CustomSource & { close(): Promise<void> } {
  const { now = Date.now, timers = systemTimers, log = silentLog, timeoutMs = 3_000, ...access } = options;
  const client = prometheusClient({ ...access, timeoutMs });
  const readings = memory<ReadArms | { problem: string }>({
    freshMs: FRESH_MS,
    keptMs: KEPT_MS,
    patienceMs: PATIENCE_MS,
    most: MOST_READINGS,
    timers,
  });

  const readOne = async (
    { guardrail, prometheus }: CustomQueries,
    arms: Arms,
  ): Promise<ReadArms | { problem: string }> => {
    const time = (now() / 1000).toFixed(3);
    try {
      return await readGuardrail(prometheus, arms, (query) => client.vector(query, time));
    } catch (error) {
      const problem = messageOf(error);
      log.debug({ guardrail, ...arms, problem }, 'a guardrail could not be read from Prometheus');
      return { problem };
    }
  };

  return {
    read: (queries, arms) =>
      Promise.all(
        queries.map(async (each): Promise<CustomReading> => {
          const key = contentHash([each.prometheus, arms]);
          const read = await readings.get(key, () => readOne(each, arms));
          return { guardrail: each.guardrail, ...(read ?? { problem: 'Prometheus has not answered yet' }) };
        }),
      ),
    close: () => client.close(),
  };
}
