import { setTimeout as delay } from 'node:timers/promises';
import OpenAI from 'openai';

/** Callers that go on until they are stopped. */
export interface Callers {
  /** How the calls ended that have been answered. */
  counts(): { answered: number; failed: number; byRevision: Record<string, number> };
  /** Errors as callers saw them. */
  errors(): string[];
  stop(): Promise<void>;
}

/**
 * Calls `model` at `perSecond` with the official client, as soon as the gateway knows it, each call by another user; `contentOf`
 * says what the nth asks.
 */
export function startCallers(
  url: string,
  model: string,
  perSecond: number,
  onAnswer?: (headers: Headers) => void,
  contentOf: (n: number) => string = () => 'Where is my parcel?',
): Callers {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'caller', maxRetries: 0, timeout: 20_000 });
  const byRevision: Record<string, number> = {};
  const errors: string[] = [];
  const underWay = new Set<Promise<void>>();
  let answered = 0;
  let stopped = false;

  const call = async (n: number) => {
    const [user, content] = [`user-${n}`, contentOf(n)];
    try {
      const { response } = await client.chat.completions
        .create({ model, user, messages: [{ role: 'user', content }] })
        .withResponse();
      answered++;
      const revision = response.headers.get('x-sluice-revision') ?? 'none';
      byRevision[revision] = (byRevision[revision] ?? 0) + 1;
      onAnswer?.(response.headers);
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
    }
  };
  const loop = async () => {
    while (!stopped && !(await isServed(client, model))) await delay(20);
    const begun = performance.now();
    for (let n = 0; !stopped; n++) {
      const due = begun + (n * 1000) / perSecond - performance.now();
      if (due > 0) await delay(due);
      const done: Promise<void> = call(n).finally(() => underWay.delete(done));
      underWay.add(done);
    }
  };
  const looping = loop();
  return {
    counts: () => ({ answered, failed: errors.length, byRevision }),
    errors: () => errors,
    async stop() {
      stopped = true;
      await looping;
      await Promise.all(underWay);
    },
  };
}

/** Whether the gateway knows a release: that it is Healthy may be read from its status a moment before. */
export const isServed = (client: OpenAI, model: string): Promise<boolean> =>
  client.models.retrieve(model).then(
    () => true,
    () => false,
  );
