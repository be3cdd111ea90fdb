import { type SseEvent, sseSplitter } from '../sse.ts';
import { type Event, type Pieces, pieces } from './pieces.ts';
import type { Restoration } from './restore-value.ts';

/** How the streams of one dialect are restored. */
export interface EventRestoring {
  /** The events that one event of the provider's comes to, restored. */
  restored(event: Event, pieces: Pieces): Event[];
  /** Whether an event's type goes before its data. */
  named: boolean;
}

/** Restores a stream of server-sent events, in the caller's form. */
export interface EventRestorer {
  /** What can be passed on after more bytes, which are whole events. */
  push(bytes: Buffer): Buffer;
  /** What was still held back; nothing more comes. */
  end(): Buffer;
}

export function restoreEvents({ restored, named }: EventRestoring, restoration: Restoration): EventRestorer {
  const splitter = sseSplitter();
  const texts = pieces(restoration);
  /** Events that the provider did not send: those after them have later numbers. */
  let added = 0;

  const written = (event: Event): string => {
    const numbered =
      added > 0 && typeof event.sequence_number === 'number'
        ? { ...event, sequence_number: event.sequence_number + added }
        : event;
    const data = `data: ${JSON.stringify(numbered)}\n\n`;
    return named && typeof event.type === 'string' ? `event: ${event.type}\n${data}` : data;
  };
  const writtenAll = (events: Event[]): string => {
    const last = events.length - 1;
    const number = events[last]?.sequence_number;
    return events
      .map((event, at) => {
        if (at === last) return written(event);
        const text = written(number === undefined ? event : { ...event, sequence_number: number });
        added++;
        return text;
      })
      .join('');
  };
  const push = ({ raw, data }: SseEvent): Buffer => {
    const event = data === undefined ? undefined : eventIn(data);
    // What ends a stream without being an event of its own.
    if (event === undefined)
      return data === undefined
        ? raw
        : Buffer.concat([Buffer.from(texts.rest('').map(written).join('')), raw]);
    const events = restored(event, texts);
    return added === 0 && events.length === 1 && events[0] === event ? raw : Buffer.from(writtenAll(events));
  };

  return {
    push: (bytes) => Buffer.concat(splitter.push(bytes).map(push)),
    end: () => Buffer.concat([Buffer.from(texts.rest('').map(written).join('')), splitter.rest()]),
  };
}

function eventIn(data: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Event)
      : undefined;
  } catch {
    return undefined;
  }
}
