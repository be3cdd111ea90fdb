import { type Log, messageOf } from '../../lib/log.ts';
import { type LineSink, MOST_LENGTH, MOST_WAITING } from './lines.ts';
import type { RotatingFile } from './rotating-file.ts';

/**
 * Lines to a file that rotates. A disk that is slow or full loses lines, which are counted, and is tried again with each
 * that comes after. `flush` closes the file.
 */
export function fileLines(file: RotatingFile, log: Log, mostLength = MOST_LENGTH): LineSink {
  let waiting: string[] = [];
  let length = 0;
  let dropped = 0;
  let broken = false;
  let writing: Promise<void> | undefined;

  const drain = async () => {
    while (waiting.length > 0) {
      let lines = waiting;
      waiting = [];
      length = 0;
      while (lines.length > 0) lines = lines.slice(await append(lines));
    }
    writing = undefined;
  };
  /** How many lines are done with, one way or the other. */
  const append = async (lines: string[]): Promise<number> => {
    try {
      const written = await file.append(lines);
      if (broken) log.info({}, 'call records are written to their file again');
      broken = false;
      return written;
    } catch (error) {
      if (!broken)
        log.error({ error: messageOf(error) }, 'call records are lost: their file cannot be written');
      broken = true;
      dropped += lines.length;
      return lines.length;
    }
  };

  return {
    write(line) {
      if (waiting.length >= MOST_WAITING || length + line.length > mostLength) {
        dropped++;
        return;
      }
      waiting.push(line);
      length += line.length;
      // Those of one turn are written together.
      writing ??= new Promise<void>((resolve) => setImmediate(resolve)).then(drain);
    },
    dropped: () => dropped,
    async flush() {
      await writing;
      await file.close().catch(() => {});
    },
  };
}
