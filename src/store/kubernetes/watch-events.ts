import { errorOfStatus } from './api-error.ts';
import type { RawObject, WatchEvent } from './raw-object.ts';

/**
 * The events of a watch's answer, one JSON object a line. A last line without an end is left out: it came in half.
 * @throws ApiError where the server sends an ERROR event
 */
export async function* watchEvents(
  call: string,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim()) yield eventOf(call, line);
    }
  }
}

function eventOf(call: string, line: string): WatchEvent {
  const { type, object } = JSON.parse(line) as { type: string; object: RawObject };
  if (type !== 'ERROR') return { type: type as WatchEvent['type'], object };
  const { code } = object as { code?: unknown };
  throw errorOfStatus(call, typeof code === 'number' ? code : 500, object);
}
