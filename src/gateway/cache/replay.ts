import type { ReadOptions } from '../answer.ts';
import type { Attempt } from '../attempt.ts';
import { type Deadline, deadline } from '../deadline.ts';
import type { SentRequest } from '../dialects/endpoint.ts';
import { type SseEvent, sseSplitter } from '../sse.ts';
import type { BackendTarget } from '../table.ts';
import type { StoredAnswer } from './answer-cache.ts';

/** The call that a stored answer is given to. */
export interface Replayed {
  backend: BackendTarget;
  request: SentRequest;
  read: ReadOptions;
  /** Hears of the clock of a stream, for the caller's cancel. */
  onDeadline: (clock: Deadline) => void;
}

/** A stored answer as if its backend had just given it: what was redacted is put back, and a stream translated, as ever. */
export function replay(stored: StoredAnswer, { backend, request, read, onDeadline }: Replayed): Attempt {
  if (stored.kind === 'answer') {
    const { body, contentType, answer } = stored;
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    return { kind: 'answer', backend, answer, status: 200, headers, body };
  }
  const speech = request.endpoint.speech[backend.provider.dialect]!;
  const clock = deadline(backend.totalMs);
  onDeadline(clock);
  const translator = speech.back?.events(request);
  const stream = {
    first: sseSplitter().push(stored.events),
    rest: nothingMore(),
    openedAt: performance.now(),
    reader: speech.streamReader(read),
    keepUsage: stored.keepUsage,
    deadline: clock,
    ...(translator && { translator }),
  };
  return { kind: 'stream', backend, stream };
}

async function* nothingMore(): AsyncGenerator<SseEvent[], void> {}
