import { type FileHandle, open, rename } from 'node:fs/promises';

export interface RotatingFileOptions {
  path: string;
  /** Bytes that a file has at most, unless a single line is longer. */
  mostBytes: number;
  /** How many files there are at most: the one written to, and before it `path.1`, `path.2`, the oldest last. */
  files: number;
}

/** A file that is put aside when it is full. One call at a time. */
export interface RotatingFile {
  /**
   * Appends what fits, at least one line; returns how many lines that were.
   * @throws Error where nothing could be written. No part of a line is left behind, and the next try starts anew.
   */
  append(lines: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens, or makes, a file that only its owner may read; what is in it stays.
 * @throws Error of the file system where it cannot be opened.
 */
export async function rotatingFile(options: RotatingFileOptions): Promise<RotatingFile> {
  const { path, mostBytes } = options;
  let file: FileHandle | undefined;
  let bytes = 0;

  const opened = async (): Promise<FileHandle> => {
    const handle = await open(path, 'a', 0o600);
    bytes = (await handle.stat()).size;
    return handle;
  };
  const close = async () => {
    const closing = file;
    file = undefined;
    await closing?.close();
  };
  file = await opened();

  return {
    async append(lines) {
      file ??= await opened();
      if (bytes > 0 && bytes + Buffer.byteLength(lines[0] ?? '') > mostBytes) {
        await putAside(options);
        await close();
        file = await opened();
      }
      const { text, count } = fitting(lines, mostBytes - bytes);
      try {
        await file.appendFile(text);
        bytes += text.length;
      } catch (error) {
        // A disk that fills up takes a part.
        await file.truncate(bytes).catch(() => {});
        await close().catch(() => {});
        throw error;
      }
      return count;
    },
    close,
  };
}

/** The first of `lines` in `room` bytes, one in any case. */
function fitting(lines: readonly string[], room: number): { text: Buffer; count: number } {
  let count = 0;
  let bytes = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line);
    if (count > 0 && bytes > room) break;
    count++;
  }
  return { text: Buffer.from(lines.slice(0, count).join('')), count };
}

/** Gives each file the name of the next older one; the oldest goes. */
async function putAside({ path, files }: RotatingFileOptions): Promise<void> {
  const names = [path, ...Array.from({ length: files - 1 }, (_, index) => `${path}.${index + 1}`)];
  for (let index = names.length - 1; index > 0; index--) await moved(names[index - 1]!, names[index]!);
}

async function moved(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
