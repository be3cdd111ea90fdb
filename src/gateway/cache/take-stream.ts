import type { Answer } from '../answer.ts';
import type { OpenStream } from '../opening.ts';
import type { SseEvent } from '../sse.ts';

/** Bytes that streams under way may hold back for the cache, all together. */
export interface StreamRoom {
  left: number;
}

/**
 * The same stream, of which a copy is taken while it is read. `whole` gets the provider's events once they have come to an
 * end as they should, with the usage; it is not called for one that broke, or is longer than `most` or than there is room for.
 */
export function takeStream(
  stream: OpenStream,
  most: number,
  room: StreamRoom,
  whole: (events: Buffer, answer: Answer) => void,
): OpenStream {
  const { first, rest, reader } = stream;
  let taken: Buffer[] | undefined;
  let size = 0;
  let done = false;

  const drop = (): void => {
    taken = undefined;
  };
  const take = (events: readonly SseEvent[]): void => {
    if (taken === undefined) return;
    for (const { raw } of events) {
      size += raw.length;
      room.left -= raw.length;
      taken.push(raw);
    }
    if (size > most || room.left < 0) drop();
  };
  async function* taking(): AsyncGenerator<SseEvent[], void> {
    try {
      taken = [];
      take(first);
      for await (const events of rest) {
        // What comes after the end is not passed on to the caller either.
        if (!done) take(events);
        yield events;
      }
    } finally {
      room.left += size;
    }
  }

  return {
    ...stream,
    rest: taking(),
    reader: {
      push(data) {
        const meaning = reader.push(data);
        done ||= meaning === 'done';
        return meaning;
      },
      end(broken) {
        const answer = reader.end(broken);
        const ended = broken === undefined && (done || answer.finishReason !== undefined);
        if (ended && taken !== undefined && answer.usage !== undefined) whole(Buffer.concat(taken), answer);
        drop();
        return answer;
      },
    },
  };
}
