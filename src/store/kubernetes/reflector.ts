import { backoffMs } from '../../lib/backoff.ts';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import { ApiError, isExpired } from './api-error.ts';
import type { ObjectCache } from './cache.ts';
import { listAll } from './list.ts';
import { compareVersions } from './raw-object.ts';
import type { Transport } from './transport.ts';

export interface ReflectorOptions {
  transport: Transport;
  /** What is listed and watched. */
  path: string;
  labelSelector?: string;
  /** Kept equal to what the API server holds. */
  cache: ObjectCache<unknown>;
  /** How often the cache is checked against a list. Default 10 min. */
  checkMs?: number;
  /** Told how many changes the watch had missed, after each check. */
  onChecked?: (missed: number) => void;
  log?: Log;
  timers?: Timers;
  /** In [0, 1). */
  random?: () => number;
}

export interface Reflector {
  /** Begins; where it runs already, what runs is ended first. */
  start(): void;
  /** Resolves once the first list is in the cache. */
  synced: Promise<void>;
  /** Ends without a sound; resolves when nothing runs any more. The cache stays as it is. */
  stop(): Promise<void>;
}

const RETRY = { baseMs: 1_000, maxMs: 10_000 };
/** A watch that ends sooner counts as failed, or a server that ends them all would be asked without a pause. */
const SHORT_WATCH_MS = 1_000;
/** After so many stale lists in a row it is not one server that lags: the past was restored from a backup. */
const STALE_LISTS = 3;

/** Keeps a cache equal to the live objects of one kind: lists once, then watches, for ever. (client-go's Reflector.) */
export function reflector(options: ReflectorOptions): Reflector {
  const { transport, path, cache, checkMs = 600_000, onChecked } = options;
  const { log = silentLog, timers = systemTimers, random = Math.random } = options;
  const query = { labelSelector: options.labelSelector };
  const synced = Promise.withResolvers<void>();
  let run: { abort: AbortController; ended: Promise<unknown> } | undefined;
  let staleLists = 0;

  const list = async (signal: AbortSignal): Promise<void> => {
    const { items, version } = await listAll(transport, path, query, { signal });
    if (signal.aborted) return;
    const isStale = compareVersions(version, cache.position()) < 0;
    staleLists = isStale ? staleLists + 1 : 0;
    if (isStale && staleLists < STALE_LISTS) {
      throw new ApiError('Unavailable', `GET ${path}: the list is older than what was seen before`);
    }
    cache.replace(items, version, isStale);
    staleLists = 0;
    synced.resolve();
  };

  const watch = async (signal: AbortSignal, onEvent: () => void): Promise<void> => {
    const begun = timers.now();
    const events = transport.watch(
      path,
      {
        ...query,
        resourceVersion: cache.position(),
        allowWatchBookmarks: true,
        // Random, so that the watches of many processes do not end together.
        timeoutSeconds: Math.round(300 + 300 * random()),
      },
      signal,
    );
    for await (const event of events) {
      if (signal.aborted) return;
      cache.see(event);
      onEvent();
    }
    if (timers.now() - begun < SHORT_WATCH_MS) {
      throw new ApiError('Unavailable', `watch ${path}: ended as soon as it had begun`);
    }
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    let failures = 0;
    let isListed = false;
    while (!signal.aborted) {
      try {
        if (!isListed) await list(signal);
        isListed = true;
        await watch(signal, () => {
          failures = 0;
        });
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) isListed = false;
        const delay = isExpired(error) && failures === 0 ? 0 : backoffMs(failures, { ...RETRY, random });
        failures += 1;
        log.warn({ path, error: messageOf(error), retryMs: Math.round(delay) }, 'watching was interrupted');
        await pause(delay, timers, signal);
      }
    }
  };

  /** Compares the cache with a list as of the very moment that the cache is of, so that nothing on its way counts. */
  const check = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await pause(checkMs * (0.9 + 0.2 * random()), timers, signal);
      const exactly = cache.position();
      if (signal.aborted || !exactly) continue;
      const held = cache.versions();
      try {
        const { items } = await listAll(transport, path, query, { signal, exactly });
        if (signal.aborted) return;
        const missed = cache.repair(held, items, exactly);
        onChecked?.(missed);
        if (missed > 0) log.warn({ path, missed }, 'the watch had missed changes');
      } catch (error) {
        if (!signal.aborted) log.debug({ path, error: messageOf(error) }, 'the cache could not be checked');
      }
    }
  };

  return {
    start() {
      run?.abort.abort();
      const abort = new AbortController();
      run = { abort, ended: Promise.all([follow(abort.signal), check(abort.signal)]) };
    },
    synced: synced.promise,
    async stop() {
      run?.abort.abort();
      await run?.ended;
    },
  };
}
