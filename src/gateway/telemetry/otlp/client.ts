import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Agent, request } from 'undici';
import { backoffMs } from '../../../lib/backoff.ts';
import { type Log, messageOf } from '../../../lib/log.ts';
import { pause, systemTimers, type Timers } from '../../../lib/timers.ts';
import type { OtlpSettings, Signal } from './settings.ts';

export interface OtlpClient {
  /**
   * Sends `count` items of a signal; resolves with how many of them were lost. A collector that is away or overloaded is
   * asked again some times, the others are believed. Never rejects.
   */
  post(signal: Signal, body: string, count: number): Promise<number>;
  /** From now on nothing is tried again, and in `graceMs` requests under way are broken off. */
  end(graceMs: number): void;
  close(): Promise<void>;
}

const TRIES = 5;
const BACKOFF = { baseMs: 1_000, maxMs: 10_000 };
const LONGEST_WAIT_MS = 60_000;
const LONGEST_ANSWER = 64 * 1024;
/** What OTLP says may be tried again. */
const PASSING = [429, 502, 503, 504];

type Answer = { status: number; retryAfterMs?: number; rejected: number };

/** Speaks OTLP over HTTP, in JSON. */
export function otlpClient(
  { urls, headers, gzip: zipped, timeoutMs }: OtlpSettings,
  log: Log,
  timers: Timers = systemTimers,
): OtlpClient {
  const agent = new Agent({ connections: 2, keepAliveTimeout: 30_000 });
  const last = new AbortController();
  const ending = new AbortController();
  const broken = new Set<Signal>();
  let cancel = () => {};

  const ask = async (url: string, body: string | Buffer): Promise<Answer> => {
    const {
      statusCode: status,
      headers: said,
      body: answer,
    } = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'user-agent': 'sluice',
        ...(zipped && { 'content-encoding': 'gzip' }),
      },
      body,
      signal: AbortSignal.any([last.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await readAnswer(answer);
    const retryAfterMs = waitAsked(said['retry-after']);
    return {
      status,
      rejected: status === 200 ? rejectedIn(text) : 0,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  };
  const lost = (signal: Signal, why: string, count: number): number => {
    if (!broken.has(signal))
      log.warn({ signal, error: why }, 'telemetry is lost: the collector did not take it');
    broken.add(signal);
    return count;
  };

  return {
    async post(signal, body, count) {
      const url = urls[signal];
      if (url === undefined) return 0;
      const sent = zipped ? await promisify(gzip)(body) : body;
      for (let tried = 1; ; tried++) {
        const { status, rejected, retryAfterMs, why } = await ask(url, sent).then(
          (answer) => ({ ...answer, why: `status ${answer.status}` }),
          (error: unknown) => ({ status: 503, rejected: 0, retryAfterMs: undefined, why: messageOf(error) }),
        );
        if (status === 200) {
          if (rejected > 0) return lost(signal, `it rejected ${rejected}`, Math.min(rejected, count));
          if (broken.delete(signal)) log.info({ signal }, 'the collector takes telemetry again');
          return 0;
        }
        // Of metrics the next tell all that these do.
        const hopeless = !PASSING.includes(status) || tried >= TRIES || signal === 'metrics';
        if (hopeless || ending.signal.aborted) return lost(signal, why, count);
        await pause(retryAfterMs ?? backoffMs(tried - 1, BACKOFF), timers, ending.signal);
      }
    },
    end(graceMs) {
      ending.abort();
      cancel = timers.after(graceMs, () => last.abort());
    },
    close() {
      cancel();
      return agent.destroy();
    },
  };
}

async function readAnswer(answer: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    if (bytes > LONGEST_ANSWER) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** How many of what was sent the collector did not take, by its own account. */
function rejectedIn(text: string): number {
  try {
    const { partialSuccess = {} } = JSON.parse(text) as { partialSuccess?: Record<string, unknown> };
    const { rejectedSpans, rejectedLogRecords, rejectedDataPoints } = partialSuccess;
    return Number(rejectedSpans ?? rejectedLogRecords ?? rejectedDataPoints ?? 0) || 0;
  } catch {
    return 0;
  }
}

function waitAsked(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  if (header === undefined || !(seconds >= 0)) return undefined;
  return Math.min(seconds * 1000, LONGEST_WAIT_MS);
}
