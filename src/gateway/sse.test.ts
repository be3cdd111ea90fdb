import fc from 'fast-check';
import { sseSplitter } from './sse.ts';

const STREAM = Buffer.from(
  'data: {"a":"é"}\n\n: a comment\n\nevent: x\r\ndata: one\r\ndata: two\r\n\r\ndata:[DONE]\n\nevent: y\ndata: {"n":1}\n\nevent: z\n\ndata: {"b":\n\n',
);
const DATA = ['{"a":"é"}', undefined, 'one\ntwo', '[DONE]', '{"n":1}', undefined, '{"b":'];

test('events come out the same wherever the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      const splitter = sseSplitter();
      const events = at.slice(1).flatMap((end, n) => splitter.push(STREAM.subarray(at[n], end)));
      expect(events.map(({ data }) => data)).toEqual(DATA);
      expect(Buffer.concat(events.map(({ raw }) => raw)).equals(STREAM)).toBe(true);
      expect(splitter.rest()).toHaveLength(0);
    }),
  );
});

test('events come out the same byte by byte', () => {
  const splitter = sseSplitter();
  const events = [...STREAM].flatMap((byte) => splitter.push(Buffer.of(byte)));
  expect(events.map(({ data }) => data)).toEqual(DATA);
  expect(Buffer.concat(events.map(({ raw }) => raw)).equals(STREAM)).toBe(true);
});

// Looking at what waits again with each chunk would take minutes.
test('a long event in small chunks is looked at once', () => {
  const splitter = sseSplitter();
  const chunk = Buffer.alloc(64, 'x');
  for (let size = 0; size < 8 * 1024 * 1024; size += chunk.length) splitter.push(chunk);
  const [event] = splitter.push(Buffer.from('\n\n'));
  expect(event?.raw).toHaveLength(8 * 1024 * 1024 + 2);
});

test('what has no end yet is kept', () => {
  const splitter = sseSplitter();
  expect(splitter.push(Buffer.from('data: half'))).toEqual([]);
  expect(splitter.rest().toString()).toBe('data: half');
});

test('an event without an end is not kept for ever', () => {
  const splitter = sseSplitter();
  expect(() => splitter.push(Buffer.alloc(9 * 1024 * 1024, 'x'))).toThrow(RangeError);
});
