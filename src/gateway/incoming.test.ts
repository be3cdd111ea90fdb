import { Incoming } from './incoming.ts';

const chunkOf = (bytes: number, fill = 'x') => Buffer.alloc(bytes, fill);

function scene() {
  const told: string[] = [];
  const body = new Incoming({
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
    abort: (why) => told.push(`abort: ${why.message}`),
  });
  return { body, told };
}

test('what comes is read in order, whether somebody waits for it or not', async () => {
  const { body } = scene();
  body.push(Buffer.from('a'));
  const read = Array.fromAsync(body);
  await Promise.resolve();
  body.push(Buffer.from('b'));
  body.push(Buffer.from('c'));
  body.end();
  expect(Buffer.concat(await read).toString()).toBe('abc');
});

test('a body that is read slowly has its provider wait', async () => {
  const { body, told } = scene();
  body.push(chunkOf(40_000));
  body.push(chunkOf(40_000));
  body.push(chunkOf(1));
  expect(told).toEqual(['pause']);
  await body.next();
  expect(told).toEqual(['pause', 'resume']);
  body.push(chunkOf(40_000));
  expect(told).toEqual(['pause', 'resume', 'pause']);
});

test('what has come is read before what broke it off', async () => {
  const { body } = scene();
  body.push(Buffer.from('a'));
  body.break(new Error('reset'));
  expect((await body.next()).value).toEqual(Buffer.from('a'));
  await expect(body.next()).rejects.toThrow('reset');
});

test('who waits hears that it broke', async () => {
  const { body } = scene();
  const next = body.next();
  body.break(new Error('reset'));
  await expect(next).rejects.toThrow('reset');
});

test('all of it can be taken at once where all has come, and nothing was read', async () => {
  const { body } = scene();
  body.push(Buffer.from('a'));
  expect(body.come()).toBeUndefined();
  body.push(Buffer.from('b'));
  body.end();
  expect(body.come()).toEqual(Buffer.from('ab'));
  expect(body.come()).toBeUndefined();

  const other = scene().body;
  other.push(Buffer.from('a'));
  await other.next();
  other.end();
  expect(other.come()).toBeUndefined();
});

test('an empty body is empty', async () => {
  const { body } = scene();
  body.end();
  expect(body.come()).toEqual(Buffer.alloc(0));
  expect((await scene().body.return()).done).toBe(true);
});

test('who stops reading breaks the connection off, unless all has come', async () => {
  const { body, told } = scene();
  body.push(Buffer.from('a'));
  for await (const _ of body) break;
  expect(told).toEqual(['abort: the rest of the answer is not read']);

  const other = scene();
  other.body.push(Buffer.from('a'));
  other.body.end();
  for await (const _ of other.body) break;
  expect(other.told).toEqual([]);
});
