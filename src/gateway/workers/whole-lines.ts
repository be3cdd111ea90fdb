import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * Gives each whole line of a stream, its end included, and resolves when the stream has ended: false where a part of a line
 * was left, as of a process that died while it wrote. Never rejects.
 */
export async function wholeLines(stream: Readable, take: (line: string) => void): Promise<boolean> {
  /** What has come of a line, in pieces: one may be longer than what a pipe holds. */
  let begun: Buffer[] = [];
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end === 0) {
        begun.push(chunk);
        continue;
      }
      const whole = Buffer.concat([...begun, chunk.subarray(0, end)]).toString('utf8');
      begun = end < chunk.length ? [chunk.subarray(end)] : [];
      for (let at = 0; at < whole.length; ) {
        const next = whole.indexOf('\n', at) + 1;
        take(whole.slice(at, next));
        at = next;
      }
    }
  } catch {
    return false;
  }
  return begun.length === 0;
}
