import { Writable } from 'node:stream';

/** What is written within as many ms goes on together: whoever reads it is woken fifty times a second, not at each call. */
const GATHER_MS = 20;
/** Bytes that wait meanwhile before whoever writes is told to wait. */
const MOST_BYTES = 2 ** 20;

/** A stream whose writes go to another in few large pieces: the first of a row at once, what comes after it together. */
export function gathered(to: Writable, everyMs = GATHER_MS): Writable {
  // What it says goes to whoever wrote.
  to.on('error', () => {});
  const write = (bytes: Buffer, done: (error?: Error | null) => void) =>
    to.write(bytes, (error) => {
      if (error) done(error);
      else setTimeout(done, everyMs);
    });
  return new Writable({
    highWaterMark: MOST_BYTES,
    write: (chunk: Buffer, _encoding, done) => void write(chunk, done),
    writev: (chunks, done) => void write(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
  });
}
