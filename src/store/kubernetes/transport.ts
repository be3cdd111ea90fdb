import { type Dispatcher, request as send } from 'undici';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import { tokenBucket } from '../../lib/token-bucket.ts';
import { errorOfNetwork, errorOfStatus } from './api-error.ts';
import { connections } from './connections.ts';
import type { Access, Credentials } from './credentials.ts';
import type { WatchEvent } from './raw-object.ts';
import { watchEvents } from './watch-events.ts';

export type Query = Record<string, string | number | boolean | undefined>;

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path on the API server, beginning with `/api`; names in it are escaped already. */
  path: string;
  query?: Query;
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string;
  signal?: AbortSignal;
  /** Longest wait for the whole answer. Default 30 s. */
  timeoutMs?: number;
  /** Called right before the request leaves, after any wait: throws to keep it from leaving. */
  guard?: () => void;
}

export interface Transport {
  /** The namespace that the credentials are at home in. */
  readonly namespace: string;
  /** Throws ApiError, a StoreError, for any answer but a good one, and for none. */
  request(request: ApiRequest): Promise<unknown>;
  /**
   * Follows a watch until it ends. Throws as `request`, also where the server sends an ERROR event, or nothing at all,
   * not even a bookmark, for `watchSilenceMs`.
   */
  watch(path: string, query: Query, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** Cuts all connections. */
  close(): Promise<void>;
}

export interface TransportOptions {
  credentials: Credentials;
  /** `sluice/<version>`. */
  userAgent?: string;
  /** Requests that this process allows itself. Default 50 a second, 100 at once. */
  rate?: { perSecond: number; burst: number };
  /** Default 3 min: the API server sends a bookmark about each minute. */
  watchSilenceMs?: number;
  /** Called for each request with its verb and HTTP status; status 0 where no answer came. */
  onCall?: (call: { verb: string; status: number; ms: number }) => void;
  timers?: Timers;
}

const CREDENTIALS_LAST_MS = 60_000;
const ANSWER_WITHIN_MS = 30_000;

/** Requests to the API server over HTTP/1.1 connections that are kept, with credentials read anew each minute. */
export function kubernetesTransport(options: TransportOptions): Transport {
  const {
    credentials,
    userAgent = 'sluice',
    watchSilenceMs = 180_000,
    timers = systemTimers,
    onCall,
  } = options;
  const { perSecond, burst } = options.rate ?? { perSecond: 50, burst: 100 };
  const bucket = tokenBucket(perSecond, burst, timers.now);
  let access: { value: Promise<Access>; readAt: number } | undefined;
  const pool = connections();

  const currentAccess = (): Promise<Access> => {
    if (!access || timers.now() - access.readAt > CREDENTIALS_LAST_MS) {
      const value = credentials.read();
      access = { value, readAt: timers.now() };
      value.catch(() => {
        access = undefined;
      });
    }
    return access.value;
  };

  const open = async (
    asked: ApiRequest,
    limits: { headersTimeout: number; bodyTimeout: number; signal: AbortSignal },
    isRetry = false,
  ): Promise<Dispatcher.ResponseData> => {
    const { method, path, query, body, contentType = 'application/json', guard } = asked;
    const wait = bucket.reserve();
    if (wait > 0) await pause(wait, timers, limits.signal);
    const current = await currentAccess();
    guard?.();
    const answer = await send(`${current.server}${path}${search(query)}`, {
      ...limits,
      method,
      dispatcher: pool.to(current),
      headers: {
        ...current.headers,
        accept: 'application/json',
        'user-agent': userAgent,
        ...(body !== undefined && { 'content-type': contentType }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (answer.statusCode !== 401 || isRetry) return answer;
    // The token may have rotated within the minute.
    access = undefined;
    await answer.body.dump();
    return open(asked, limits, true);
  };

  const counted = async <T>(verb: string, call: () => Promise<{ status: number; result: T }>): Promise<T> => {
    const begun = timers.now();
    let status = 0;
    try {
      const answer = await call();
      status = answer.status;
      return answer.result;
    } catch (error) {
      status = (error as { status?: number }).status ?? 0;
      throw error;
    } finally {
      onCall?.({ verb, status, ms: timers.now() - begun });
    }
  };

  return {
    namespace: credentials.namespace,

    request(asked) {
      const { method, path, signal, timeoutMs = ANSWER_WITHIN_MS } = asked;
      const call = `${method} ${path}`;
      const timeout = AbortSignal.timeout(timeoutMs);
      const limits = {
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      };
      return counted(VERBS[method], async () => {
        try {
          const answer = await open(asked, limits);
          return { status: answer.statusCode, result: await bodyOf(call, answer) };
        } catch (error) {
          throw errorOfNetwork(call, error);
        }
      });
    },

    async *watch(path, query, signal) {
      const call = `watch ${path}`;
      const asked: ApiRequest = { method: 'GET', path, query: { ...query, watch: true } };
      const limits = { headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: watchSilenceMs, signal };
      try {
        const body = await counted('watch', async () => {
          const answer = await open(asked, limits);
          if (answer.statusCode >= 400) await bodyOf(call, answer);
          return { status: answer.statusCode, result: answer.body };
        });
        yield* watchEvents(call, body);
      } catch (error) {
        throw errorOfNetwork(call, error);
      }
    },

    close: pool.close,
  };
}

const VERBS = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

function search(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

async function bodyOf(
  call: string,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<unknown> {
  const text = await body.text();
  const value = parsed(text);
  if (statusCode < 400) return value;
  const retryAfter = headers['retry-after'];
  throw errorOfStatus(call, statusCode, value, Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Proxies in between answer with what they like.
    return text;
  }
}
