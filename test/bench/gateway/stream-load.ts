import { performance } from 'node:perf_hooks';
import { Agent, request } from 'undici';
import { bodyOf } from './calls.ts';

/** Where calls go. */
export interface Target {
  url: string;
  headers: Record<string, string>;
}

export interface StreamsAsked extends Target {
  connections: number;
  seconds: number;
  chunks: number;
  /** Time between two chunks, in ms. */
  everyMs: number;
  /** Whether all callers begin at once, and so go on side by side; if not, each begins at a time of its own. */
  inStep: boolean;
}

export interface StreamsSeen {
  streams: number;
  failed: number;
  /** Time to the first byte of the first chunk, in ms. */
  first: { p50: number; p99: number };
  /** Time to the end, in ms. */
  whole: { p50: number };
}

/** A stream that takes longer has failed. */
const LONGEST_MS = 30_000;

/** Connections that each ask for the next stream when the last has ended. */
export async function loadStreams({
  connections,
  seconds,
  chunks,
  everyMs,
  inStep,
  ...target
}: StreamsAsked): Promise<StreamsSeen> {
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const body = bodyOf(1_000, { chunks, ms: everyMs });
  const end = performance.now() + seconds * 1_000;
  const [first, whole]: [number[], number[]] = [[], []];
  let failed = 0;
  const caller = async (number: number) => {
    const laterMs = inStep ? 0 : (number * chunks * everyMs) / connections;
    await new Promise((resolve) => setTimeout(resolve, laterMs));
    while (performance.now() < end) {
      const begun = performance.now();
      try {
        const answer = await post(target, body, dispatcher, AbortSignal.timeout(LONGEST_MS));
        let text = '';
        for await (const bytes of answer.body) {
          if (text === '') first.push(performance.now() - begun);
          text += (bytes as Buffer).toString('latin1');
        }
        whole.push(performance.now() - begun);
        if (answer.statusCode !== 200 || !text.includes(`word${chunks - 1} `)) failed++;
      } catch {
        failed++;
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, number) => caller(number)));
  await dispatcher.close();
  return {
    streams: whole.length,
    failed,
    first: { p50: at(first, 0.5), p99: at(first, 0.99) },
    whole: { p50: at(whole, 0.5) },
  };
}

export interface OpenAsked extends Target {
  count: number;
  /** How long they are held, in ms. */
  holdMs: number;
}

/** Opens streams side by side, says `open` when each has given its first chunk, holds them, and says what failed. */
export async function loadOpen(
  { count, holdMs, ...target }: OpenAsked,
  print: (value: unknown) => void,
): Promise<void> {
  const dispatcher = new Agent({ connections: count, pipelining: 1 });
  const body = bodyOf(1_000, { chunks: Math.ceil(holdMs / 1_000) + 60, ms: 1_000 });
  const controller = new AbortController();
  let failed = 0;
  let opened = 0;
  const open = async (number: number) => {
    // Callers come one after another, if fast.
    await new Promise((resolve) => setTimeout(resolve, number));
    try {
      const answer = await post(target, body, dispatcher, controller.signal);
      let begun = false;
      for await (const _ of answer.body) {
        if (!begun && ++opened + failed === count) print('open');
        begun = true;
      }
      failed++;
    } catch {
      if (!controller.signal.aborted && ++failed + opened === count) print('open');
    }
  };
  const all = Promise.all(Array.from({ length: count }, (_, number) => open(number)));
  setTimeout(() => controller.abort(), count + holdMs);
  await all;
  print({ opened, failed });
  await dispatcher.destroy();
}

const post = ({ url, headers }: Target, body: string, dispatcher: Agent, signal?: AbortSignal) =>
  request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    dispatcher,
    ...(signal && { signal }),
  });

const at = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
