import { Writable } from 'node:stream';
import { gathered } from './gathered.ts';

/** A stream that keeps what it is given; each write is done when `next` is called. */
function slow() {
  const pieces: string[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      pieces.push(String(chunk));
      waiting.push(done);
    },
  });
  return { stream, pieces, next: (error?: Error) => waiting.shift()?.(error) };
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

test('what comes while something is written goes on in one piece, in order', async () => {
  const { stream, pieces, next } = slow();
  const out = gathered(stream, 1);
  const all = new Promise((resolve) => {
    for (const line of ['a\n', 'b\n', 'ü\n']) out.write(line);
    out.write('', resolve);
  });
  expect(pieces).toEqual(['a\n']);
  next();
  await turn();
  expect(pieces).toEqual(['a\n', 'b\nü\n']);
  next();
  await all;
  out.write('c\n');
  expect(pieces.at(-1)).toBe('c\n');
});

test('whoever writes is told to wait where nothing is taken, and that it broke', async () => {
  const { stream, next } = slow();
  const out = gathered(stream, 1);
  const error = new Promise<Error>((resolve) => out.once('error', resolve));
  expect(out.write('x'.repeat(2 ** 19))).toBe(true);
  expect(out.write('x'.repeat(2 ** 19))).toBe(false);
  next(new Error('EPIPE'));
  expect((await error).message).toBe('EPIPE');
  expect(out.writable).toBe(false);
});
