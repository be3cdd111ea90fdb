import type { WatchEvent } from './raw-object.ts';
import { watchEvents } from './watch-events.ts';

const event = (name: string) => ({ type: 'ADDED', object: { metadata: { name, resourceVersion: '1' } } });

async function read(...chunks: Uint8Array[]): Promise<WatchEvent[]> {
  async function* body() {
    yield* chunks;
  }
  return Array.fromAsync(watchEvents('watch /x', body()));
}

test('lines and characters may be cut anywhere', async () => {
  const bytes = Buffer.from(`${JSON.stringify(event('größe'))}\n${JSON.stringify(event('b'))}\n`);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const events = await read(bytes.subarray(0, cut), bytes.subarray(cut));
    expect(events.map(({ object }) => object.metadata.name)).toEqual(['größe', 'b']);
  }
});

test('a last line that came in half is left out', async () => {
  const events = await read(Buffer.from(`${JSON.stringify(event('a'))}\n{"type":"ADD`));
  expect(events).toHaveLength(1);
});

test('an ERROR event is thrown with its code', async () => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
  const body = Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
  await expect(read(body)).rejects.toMatchObject({ status: 410, reason: 'Expired', code: 'Unavailable' });
});
