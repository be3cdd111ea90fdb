import { Agent } from 'undici';
import { z } from 'zod';
import { type EvidenceReading, OUTCOMES, SCORE_STEPS } from '../api/evidence.ts';
import { HIGHEST_BUCKET, LOWEST_BUCKET } from '../lib/buckets.ts';
import { type Log, messageOf, silentLog } from '../lib/log.ts';
import type { EvidenceSource } from './source.ts';

export interface ReplicaEvidenceOptions {
  /** What the replicas are, in words. */
  of: 'gateway' | 'evaluator';
  /** Admin URLs of every replica, asked for at each reading. */
  endpoints: () => Promise<string[]>;
  log?: Log;
  /** Longest wait for one replica, in ms. */
  timeoutMs?: number;
}

const count = z.int().min(0);
/** Counts by whole numbers from `least` to `most`. */
const countsBy = (least: number, most: number) =>
  z.record(
    z.string().refine((key) => {
      const number = Number(key);
      return String(number) === key && Number.isInteger(number) && number >= least && number <= most;
    }),
    count,
  );
const buckets = countsBy(LOWEST_BUCKET, HIGHEST_BUCKET);
const scores = countsBy(0, SCORE_STEPS);
const Reading: z.ZodType<EvidenceReading> = z.object({
  replica: z.string().min(1).max(253),
  startId: z.string().min(1).max(253),
  releases: z.array(
    z.object({
      uid: z.string(),
      serving: z
        .object({ attempt: z.int(), weight: z.int(), stable: z.string(), epoch: z.int() })
        .exactOptional(),
      cells: z.array(
        z.object({
          attempt: z.int(),
          weight: z.int(),
          revision: z.string(),
          outcomes: z.partialRecord(z.enum(OUTCOMES), count),
          schemaChecked: count,
          tools: z.object({ checked: count, failed: count }).exactOptional(),
          thumbs: z.object({ given: count, down: count }).exactOptional(),
          scores: scores.exactOptional(),
          suites: z.record(z.string(), scores).exactOptional(),
          latency: buckets.exactOptional(),
          firstToken: buckets.exactOptional(),
          cost: buckets.exactOptional(),
          outputTokens: buckets.exactOptional(),
        }),
      ),
      problems: z.record(z.string(), z.string().max(4_096)).exactOptional(),
    }),
  ),
});

/** A gateway of several processes answers with a reading of each: they count apart, as replicas do. */
const MOST_WORKERS = 256;
const Answer = z.union([
  Reading.transform((reading) => [reading]),
  z.array(Reading).min(1).max(MOST_WORKERS),
]);

/** Most bytes of one answer that are read. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Requests for many releases that come together are answered by one round of reads. */
const GATHER_MS = 10;

/**
 * Reads the evidence endpoint of every replica of the gateway, or of the evaluator. Rollouts that ask at about the same time share one round, so
 * that two hundred of them cost the gateways no more than one.
 */
export function replicaEvidence(options: ReplicaEvidenceOptions): EvidenceSource {
  const { of: what, endpoints, log = silentLog, timeoutMs = 3_000 } = options;
  const agent = new Agent({ connections: 4, maxResponseSize: MOST_BYTES });
  let round: { uids: Set<string>; result: Promise<EvidenceReading[]> } | undefined;

  const readAll = async (uids: ReadonlySet<string>): Promise<EvidenceReading[]> => {
    const urls = await endpoints();
    if (urls.length === 0) throw new Error(`no ${what} is ready`);
    return (await Promise.all(urls.map((url) => readOne(url, uids)))).flat();
  };

  const readOne = async (url: string, uids: ReadonlySet<string>): Promise<EvidenceReading[]> => {
    const target = new URL('/evidence', url);
    for (const uid of uids) target.searchParams.append('uid', uid);
    try {
      const response = await agent.request({
        origin: target.origin,
        path: `${target.pathname}${target.search}`,
        method: 'GET',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.statusCode !== 200) {
        await response.body.dump();
        throw new Error(`answered ${response.statusCode}`);
      }
      return Answer.parse(await response.body.json());
    } catch (error) {
      const why =
        error instanceof z.ZodError ? 'answered in a form that is not understood' : messageOf(error);
      log.debug({ [what]: target.host, error: why }, 'evidence could not be read');
      throw new Error(`${what} ${target.host} ${why}`);
    }
  };

  return {
    read(uids) {
      if (round === undefined) {
        const gathered = new Set<string>();
        const result = new Promise<void>((resolve) => setTimeout(resolve, GATHER_MS)).then(() => {
          round = undefined;
          return readAll(gathered);
        });
        round = { uids: gathered, result };
      }
      for (const uid of uids) round.uids.add(uid);
      return round.result;
    },
  };
}
