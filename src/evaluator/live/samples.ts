import { Agent } from 'undici';
import { z } from 'zod';
import type { Sample } from '../../gateway/samples/sample.ts';
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

export interface GatewaySamplesOptions {
  /** Admin URLs of every gateway replica, asked for each time. */
  endpoints: () => Promise<string[]>;
  log: Log;
  timeoutMs?: number;
}

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

/** Takes samples from every gateway replica. One that cannot be asked is left out: its callers' answers are only missing. */
export function gatewaySamples({
  endpoints,
  log,
  timeoutMs = 5_000,
}: GatewaySamplesOptions): SampleSource & { close(): Promise<void> } {
  const agent = new Agent({ connections: 2 });

  const takeFrom = async (url: string): Promise<Sample[]> => {
    const target = new URL('/samples/take', url);
    const response = await agent.request({
      origin: target.origin,
      path: target.pathname,
      method: 'POST',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBounded(response.body, MOST_BYTES);
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
    const read = Samples.safeParse(JSON.parse(text));
    if (!read.success) throw new Error('answered in a form that is not understood');
    return read.data;
  };

  return {
    async take() {
      const urls = await endpoints();
      if (urls.length === 0) throw new Error('no gateway is ready');
      const taken = await Promise.allSettled(urls.map(takeFrom));
      const failures = taken.flatMap((each, at) =>
        each.status === 'rejected' ? [`gateway ${new URL(urls[at]!).host}: ${messageOf(each.reason)}`] : [],
      );
      if (failures.length === urls.length) throw new Error(failures[0]);
      for (const failure of failures) log.debug({ error: failure }, 'samples could not be taken');
      return taken.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    },
    close: () => agent.destroy(),
  };
}
