import type { Writable } from 'node:stream';
import { type Log, messageOf } from '../../lib/log.ts';

/** Where lines go that no call may wait for. */
export interface LineSink {
  /** Takes a line, its end included. Never throws and never waits. */
  write(line: string): void;
  /** Lines that were lost because what they go to did not keep up, or broke. */
  dropped(): number;
  /** Resolves when everything that waits has been written, or is lost. For the end only. */
  flush(): Promise<void>;
}

/** Lines that wait at most, and characters of them. */
export const MOST_WAITING = 10_000;
export const MOST_LENGTH = 16 * 1024 * 1024;
/** Between two writes at least, in ms: whoever reads what is written is woken by each. */
export const BETWEEN_WRITES_MS = 10;

/** Lines to a stream, standard output for one. One that does not keep up, or breaks, loses lines. */
export function streamLines(stream: Writable, log: Log): LineSink {
  let waiting: Buffer[] = [];
  let length = 0;
  let scheduled = false;
  /** Lines that the stream has not taken yet. All that come meanwhile go out in one piece. */
  let under = 0;
  let broken = false;
  let dropped = 0;
  let sentAt = Number.NEGATIVE_INFINITY;

  const send = (): void => {
    const lines = waiting;
    waiting = [];
    length = 0;
    sentAt = performance.now();
    under += lines.length;
    stream.write(Buffer.concat(lines), (error) => {
      under -= lines.length;
      if (error) dropped += lines.length;
      else broken = false;
      soon();
    });
  };
  const drain = (): void => {
    scheduled = false;
    if (under === 0 && waiting.length > 0) send();
  };
  const soon = (): void => {
    if (scheduled || under > 0 || waiting.length === 0) return;
    scheduled = true;
    const inMs = sentAt + BETWEEN_WRITES_MS - performance.now();
    if (inMs > 0) setTimeout(drain, inMs);
    else setImmediate(drain);
  };
  // Without a listener the loss of a log would end the process, and every call with it.
  stream.on('error', (error) => {
    if (!broken) log.error({ error: messageOf(error) }, 'call records are lost: their stream broke');
    broken = true;
  });
  return {
    write(line) {
      if (waiting.length >= MOST_WAITING || length + line.length > MOST_LENGTH || !stream.writable) {
        dropped++;
        return;
      }
      // A line of many pieces costs twice as much to be put together when its pieces are no longer at hand.
      waiting.push(Buffer.from(line));
      length += line.length;
      soon();
    },
    dropped: () => dropped,
    // Even where the stream is behind: nothing comes after, and what waits is bounded.
    flush: () =>
      new Promise((resolve) => {
        if (waiting.length > 0 && stream.writable) send();
        dropped += waiting.length;
        waiting = [];
        if (!stream.writable) {
          dropped += under;
          under = 0;
          return resolve();
        }
        stream.write('', () => resolve());
      }),
  };
}
