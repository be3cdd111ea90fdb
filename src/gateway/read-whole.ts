import type { Deadline } from './deadline.ts';
import type { IncomingBody } from './incoming.ts';

/** Longest plain answer, in bytes. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;

/** Reads a plain answer to its end. @throws RangeError where it is longer than 32 MiB. */
export async function readWhole(body: IncomingBody, clock: Deadline): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  clock.within(clock.silenceMs, 'the answer');
  for await (const chunk of body) {
    clock.within(clock.silenceMs, 'the rest of the answer');
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) {
      body.destroy();
      throw new RangeError('the answer is too long');
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
