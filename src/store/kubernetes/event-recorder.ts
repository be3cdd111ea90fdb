import { randomBytes } from 'node:crypto';
import { API_VERSION, GROUP } from '../../api/resource.ts';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import type { EventNote } from '../store.ts';
import { ApiError } from './api-error.ts';
import { microTime } from './micro-time.ts';
import { pathOfEvents } from './paths.ts';
import type { Transport } from './transport.ts';

export interface EventRecorderOptions {
  transport: Transport;
  instance: string;
  /** Throws to keep an Event from being written. */
  guard: () => void;
  log?: Log;
  onEventLost?: () => void;
  timers?: Timers;
}

export interface EventRecorder {
  /** As `Store.note`. */
  note(event: EventNote): void;
  /** Writes what waits, for 2 s at most, and ends. */
  stop(): Promise<void>;
}

/** The Events of one object that say the same, which the API server keeps as one with a count. */
interface Series {
  note: EventNote;
  /** Name of the Event; undefined until it is there. */
  name: string | undefined;
  count: number;
  firstAt: Date;
  lastAt: Date;
  lastSeen: number;
}

const SAME_SERIES_MS = 600_000;
const MOST_SERIES = 2_000;
const MOST_WAITING = 500;
const ATTEMPTS = 3;
const RETRY_MS = 2_000;
const DRAIN_MS = 2_000;
const LONGEST_NOTE = 1_024;
const LONGEST_NAME = 253;

/**
 * Writes Events as `events.k8s.io/v1`, one at a time. The same said again within 10 min counts up the Event that is
 * there. What cannot be written, or does not fit the queue, is lost, logged and counted: Events are best effort.
 */
export function eventRecorder(options: EventRecorderOptions): EventRecorder {
  const { transport, instance, guard, log = silentLog, timers = systemTimers, onEventLost } = options;
  // In the order of use, so that the first is the one to forget.
  const series = new Map<string, Series>();
  const waiting = new Map<string, Series>();
  const stopping = new AbortController();
  let draining: Promise<void> | undefined;

  const lost = (note: EventNote, why: string): void => {
    onEventLost?.();
    const { kind, namespace, name, reason } = note;
    log.warn({ kind, namespace, name, reason, error: why }, 'an Event was lost');
  };

  const seriesOf = (key: string, note: EventNote): Series => {
    const now = timers.now();
    const known = series.get(key);
    const lastAt = new Date();
    series.delete(key);
    const fresh = known && now - known.lastSeen <= SAME_SERIES_MS;
    const current: Series = fresh
      ? Object.assign(known, { count: known.count + 1, lastAt, lastSeen: now })
      : { note, name: undefined, count: 1, firstAt: lastAt, lastAt, lastSeen: now };
    series.set(key, current);
    const [oldest] = series.keys();
    if (series.size > MOST_SERIES && oldest !== undefined) series.delete(oldest);
    return current;
  };

  const create = async (each: Series): Promise<void> => {
    const { kind, namespace, name, uid, type, reason, message } = each.note;
    const ending = `.${randomBytes(8).toString('hex')}`;
    const eventName = `${name.slice(0, LONGEST_NAME - ending.length)}${ending}`;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      regarding: { apiVersion: API_VERSION, kind, namespace, name, uid },
      type,
      reason,
      note: message.length > LONGEST_NOTE ? `${message.slice(0, LONGEST_NOTE - 1)}…` : message,
      action: reason,
      reportingController: `${GROUP}/operator`,
      reportingInstance: instance.slice(0, 128),
      eventTime: microTime(each.firstAt),
      ...(each.count > 1 && { series: seriesField(each) }),
    };
    await transport.request({ method: 'POST', path: pathOfEvents(namespace), body, guard });
    each.name = eventName;
  };

  const write = async (each: Series): Promise<void> => {
    if (each.name === undefined) return create(each);
    try {
      await transport.request({
        method: 'PATCH',
        path: `${pathOfEvents(each.note.namespace)}/${each.name}`,
        contentType: 'application/merge-patch+json',
        body: { series: seriesField(each) },
        guard,
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'NotFound')) throw error;
      // The API server forgets Events after an hour.
      await create(each);
    }
  };

  const writeWithRetries = async (each: Series): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write(each);
      } catch (error) {
        const isPassing = error instanceof ApiError && error.code === 'Unavailable';
        if (!isPassing || attempt === ATTEMPTS || stopping.signal.aborted)
          return lost(each.note, messageOf(error));
        await pause(RETRY_MS * attempt, timers, stopping.signal);
      }
    }
  };

  const drain = async (): Promise<void> => {
    for (;;) {
      const [first] = waiting;
      if (!first) return;
      waiting.delete(first[0]);
      await writeWithRetries(first[1]);
    }
  };

  return {
    note(note) {
      if (stopping.signal.aborted) return lost(note, 'the store has stopped');
      const key = [note.uid, note.type, note.reason, note.message].join('\n');
      const current = seriesOf(key, note);
      if (!waiting.has(key) && waiting.size >= MOST_WAITING) return lost(note, 'too many Events are waiting');
      waiting.set(key, current);
      draining ??= drain().finally(() => {
        draining = undefined;
      });
    },
    async stop() {
      const end = new AbortController();
      await Promise.race([draining, pause(DRAIN_MS, timers, end.signal)]);
      end.abort();
      stopping.abort();
      waiting.clear();
    },
  };
}

const seriesField = ({ count, lastAt }: Series) => ({ count, lastObservedTime: microTime(lastAt) });
