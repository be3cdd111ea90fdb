/** One server-sent event: its bytes as they came, blank line included, and its data. */
export interface SseEvent {
  raw: Buffer;
  /** The `data:` lines, joined; undefined for a comment or an event without data. */
  data?: string;
}

const LF = 10;
const CR = 13;
/** Longest event that is kept waiting for its end, in bytes. */
const MOST_BYTES = 8 * 1024 * 1024;

/** What has come of a line: only an empty one, or a lone CR, ends an event. */
type LineSoFar = 'empty' | 'cr' | 'more';

/**
 * Takes a stream of server-sent events apart, wherever its chunks are cut.
 * @throws RangeError from `push` where an event is longer than 8 MiB.
 */
export function sseSplitter(): { push(chunk: Buffer): SseEvent[]; rest(): Buffer } {
  /** Chunks of the event that has not ended yet. No byte of them is looked at twice, however many they are. */
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  /** The line that has not ended yet. */
  let soFar: LineSoFar = 'empty';
  return {
    push(chunk) {
      const events: SseEvent[] = [];
      let start = 0;
      let line = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, line)) {
        const blank = lineSoFar(soFar, chunk, line, end) !== 'more';
        soFar = 'empty';
        line = end + 1;
        if (!blank) continue;
        const tail = chunk.subarray(start, line);
        const raw = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
        pending = [];
        pendingBytes = 0;
        start = line;
        const data = dataOf(raw);
        events.push(data === undefined ? { raw } : { raw, data });
      }
      soFar = lineSoFar(soFar, chunk, line, chunk.length);
      if (start === chunk.length) return events;
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      if (pendingBytes > MOST_BYTES) throw new RangeError('an event of the stream is too long');
      return events;
    },
    rest: () => Buffer.concat(pending),
  };
}

/** What a line is so far, with the bytes of `chunk` from `from` to `to` after what came `before`. */
function lineSoFar(before: LineSoFar, chunk: Buffer, from: number, to: number): LineSoFar {
  if (to === from) return before;
  return before === 'empty' && to === from + 1 && chunk[from] === CR ? 'cr' : 'more';
}

function dataOf(raw: Buffer): string | undefined {
  const text = raw.toString('utf8');
  // Nearly every event is one line, or one after that of its name.
  const from = text.startsWith('event:') ? text.indexOf('\n') + 1 : 0;
  const end = text.startsWith('data:', from) ? text.indexOf('\n', from) : -1;
  if (end >= 0 && end >= text.length - 3) return text.slice(from + 5, end).trim();
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
}
