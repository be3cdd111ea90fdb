import { Agent } from 'undici';
import { z } from 'zod';
import type { Sample } from '../../gateway/samples/sample.ts';
import type { TakenTraits } from '../../gateway/samples/trait-book.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import { readBounded } from '../../lib/read-bounded.ts';

/** Where answers to score come from. */
export interface SampleSource {
  /**
   * Takes what waits; nobody else gets it.
   * @throws Error in words where no gateway could be asked.
   */
  take(): Promise<Sample[]>;
}

/** Where counts of what calls are like come from. */
export interface TraitSource {
  /**
   * Takes what was counted since the last time; nobody else gets it.
   * @throws Error in words where no gateway could be asked.
   */
  takeTraits(): Promise<TakenTraits[]>;
}

export interface GatewaySamplesOptions {
  /** Admin URLs of every gateway replica, asked for each time. */
  endpoints: () => Promise<string[]>;
  log: Log;
  timeoutMs?: number;
}

const counts = z.record(z.string(), z.record(z.string(), z.int().min(0)));
const Taken: z.ZodType<TakenTraits[]> = z.array(
  z.object({
    kind: z.enum(['PromptRelease', 'ModelRoute']),
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    revision: z.string(),
    calls: z.int().min(0),
    traits: z.object({ inputs: counts, answers: counts, feedback: counts }),
  }),
);

const texts = z.record(z.string(), z.unknown());
const Samples: z.ZodType<Sample[]> = z.array(
  z.object({
    place: z.number().min(0).max(1),
    revisions: z.array(
      z.object({
        kind: z.enum(['PromptRelease', 'ModelRoute']),
        namespace: z.string(),
        name: z.string(),
        uid: z.string(),
        attempt: z.int(),
        weight: z.int(),
        revision: z.string(),
      }),
    ),
    route: z.string(),
    vars: texts,
    prompt: z.string(),
    tools: z.array(z.unknown()).exactOptional(),
    answer: z.object({
      text: z.string(),
      toolCalls: z.array(z.object({ name: z.string(), arguments: z.string() })),
      finishReason: z.string().exactOptional(),
      refused: z.literal(true).exactOptional(),
      latencyMs: z.number(),
      costUSD: z.number().exactOptional(),
    }),
  }),
);

/** Most bytes of one answer that are read: some thirty samples of 256 Ki characters each. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Takes samples and counts from every gateway replica. One that cannot be asked is left out: its callers' answers are only missing. */
export function gatewaySamples({
  endpoints,
  log,
  timeoutMs = 5_000,
}: GatewaySamplesOptions): SampleSource & TraitSource & { close(): Promise<void> } {
  const agent = new Agent({ connections: 2 });

  const takeFrom = async <T>(url: string, path: string, form: z.ZodType<T[]>): Promise<T[]> => {
    const target = new URL(path, url);
    const response = await agent.request({
      origin: target.origin,
      path: target.pathname,
      method: 'POST',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBounded(response.body, MOST_BYTES);
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
    const read = form.safeParse(JSON.parse(text));
    if (!read.success) throw new Error('answered in a form that is not understood');
    return read.data;
  };

  const takeAll = async <T>(path: string, form: z.ZodType<T[]>): Promise<T[]> => {
    const urls = await endpoints();
    if (urls.length === 0) throw new Error('no gateway is ready');
    const taken = await Promise.allSettled(urls.map((url) => takeFrom(url, path, form)));
    const failures = taken.flatMap((each, at) =>
      each.status === 'rejected' ? [`gateway ${new URL(urls[at]!).host}: ${messageOf(each.reason)}`] : [],
    );
    if (failures.length === urls.length) throw new Error(failures[0]);
    for (const failure of failures) log.debug({ error: failure }, 'samples could not be taken');
    return taken.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  };

  return {
    take: () => takeAll('/samples/take', Samples),
    takeTraits: () => takeAll('/traits/take', Taken),
    close: () => agent.destroy(),
  };
}
