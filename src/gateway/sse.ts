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

/**
 * Takes a stream of server-sent events apart, wherever its chunks are cut.
 * @throws RangeError from `push` where an event is longer than 8 MiB.
 */
export function sseSplitter(): { push(chunk: Buffer): SseEvent[]; rest(): Buffer } {
  let pending: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const events: SseEvent[] = [];
      let start = 0;
      let line = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, line)) {
        const blank = end === line || (end === line + 1 && bytes[line] === CR);
        line = end + 1;
        if (!blank) continue;
        const raw = bytes.subarray(start, line);
        start = line;
        const data = dataOf(raw);
        events.push(data === undefined ? { raw } : { raw, data });
      }
      pending = bytes.subarray(start);
      if (pending.length > MOST_BYTES) throw new RangeError('an event of the stream is too long');
      return events;
    },
    rest: () => pending,
  };
}

function dataOf(raw: Buffer): string | undefined {
  const text = raw.toString('utf8');
  // Nearly every event is one line.
  const first = text.startsWith('data:') ? text.indexOf('\n') : -1;
  if (first >= 0 && first >= text.length - 3) return text.slice(5, first).trim();
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
}
