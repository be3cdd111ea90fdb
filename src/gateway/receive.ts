import type { Outcome } from '../api/evidence.ts';
import type { Answer } from './answer.ts';
import type { Attempt } from './attempt.ts';
import type { OpenStream } from './opening.ts';
import { readStream, type StreamEnd, toNobody } from './read-stream.ts';

/** What came of a call in the end, whoever it was for. Moments are on the clock of `performance.now()`. */
export interface Received {
  /** Of the provider's answer, or of the error in its place. */
  status: number;
  outcome: Outcome;
  answer?: Answer;
  /** When the answer was whole or broke, without waits for a slow caller. */
  endedAt: number;
  /** When the first byte of a stream came. */
  firstTokenAt?: number;
}

/** What came of a call that has no caller, or none yet: a stream is read to its end. */
export async function receive(last: Attempt): Promise<Received> {
  return last.kind === 'stream'
    ? receivedStream(last.stream, await readStream(last.stream, toNobody))
    : received(last);
}

/** What came of a call whose answer, or failure, is there. */
export function received(last: Exclude<Attempt, { kind: 'stream' }>): Received {
  const endedAt = performance.now();
  if (last.kind === 'answer') {
    const { status, answer } = last;
    return { status, outcome: answer.outcome, answer, endedAt };
  }
  const { outcome, passed, error } = last;
  return { status: passed?.status ?? error.status, outcome, endedAt };
}

/** What came of a stream that has been read. */
export function receivedStream({ openedAt }: OpenStream, { answer, endedAt }: StreamEnd): Received {
  return { status: 200, outcome: answer.outcome, answer, endedAt, firstTokenAt: openedAt };
}
