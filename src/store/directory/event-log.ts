import { appendFile, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Log, messageOf } from '../../lib/log.ts';
import type { EventNote } from '../store.ts';

/** Past this many bytes the log is put aside as `events.1.jsonl`, which replaces the one before. */
const LIMIT = 1024 * 1024;

export interface EventLog {
  /** Appends an Event, in the background. Never throws: what cannot be written is logged. */
  note(event: EventNote, at: Date): void;
  /** Resolves once everything noted so far is written. */
  flush(): Promise<void>;
}

/** `events.jsonl` of a state folder: one JSON line an Event, two files of 1 MiB at most. */
export function eventLog(folder: string, log: Log, limit = LIMIT): EventLog {
  const path = join(folder, 'events.jsonl');
  let size: number | undefined;
  let failed = 0;
  let last: Promise<void> = Promise.resolve();

  async function append(line: string): Promise<void> {
    size ??= await begin(path);
    const bytes = Buffer.byteLength(line);
    if (size > 0 && size + bytes > limit) {
      await rename(path, join(folder, 'events.1.jsonl'));
      size = 0;
    }
    await appendFile(path, line);
    size += bytes;
  }

  return {
    note(event, at) {
      const line = `${JSON.stringify({ at: at.toISOString(), ...event })}\n`;
      last = last.then(() =>
        append(line).catch((error: unknown) => {
          size = undefined;
          failed++;
          log.warn({ error: messageOf(error), reason: event.reason, failed }, 'event could not be written');
        }),
      );
    },
    flush: () => last,
  };
}

/** Bytes already there; a last line that a killed process left unfinished is closed, so that the next stays whole. */
async function begin(path: string): Promise<number> {
  await mkdir(dirname(path), { recursive: true });
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size === 0) return 0;
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] === 0x0a) return size;
  } finally {
    await file.close();
  }
  await appendFile(path, '\n');
  return size + 1;
}
