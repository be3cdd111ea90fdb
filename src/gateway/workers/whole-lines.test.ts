import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { wholeLines } from './whole-lines.ts';

async function linesOf(chunks: readonly Buffer[]) {
  const lines: string[] = [];
  const whole = await wholeLines(Readable.from(chunks), (line) => lines.push(line));
  return { lines, whole };
}

test('lines come whole, wherever the stream is cut', async () => {
  const line = fc.string({ unit: 'binary' }).map((text) => `${text.replaceAll('\n', '')}ü…\n`);
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(200)), async (lines, sizes) => {
      const bytes = Buffer.from(lines.join(''));
      const chunks: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        if (size === 0) continue;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      const wanted = lines.map((each) => Buffer.from(each).toString());
      expect(await linesOf(chunks.filter(({ length }) => length > 0))).toEqual({
        lines: wanted,
        whole: true,
      });
    }),
  );
});

test('a part of a line at the end is no line', async () => {
  expect(await linesOf([Buffer.from('one\ntw')])).toEqual({ lines: ['one\n'], whole: false });
});

test('a stream that breaks has no rest', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  const ended = wholeLines(stream, (line) => lines.push(line));
  stream.write('one\n');
  stream.destroy(new Error('reset'));
  expect(await ended).toBe(false);
});
