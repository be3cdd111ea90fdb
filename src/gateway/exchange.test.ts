import { deadline, Ended } from './deadline.ts';
import { exchange } from './exchange.ts';
import type { Connection, Exchanged } from './http/client/connection.ts';

/** A pool whose side of a request is played by hand. */
function scene() {
  const clock = deadline(60_000);
  const closed: Error[] = [];
  const told: string[] = [];
  const begun: Exchanged[] = [];
  const taken: Exchanged[] = [];
  const connection = {
    close(why: Error) {
      closed.push(why);
      begun[0]!.onError(why);
    },
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
  } as unknown as Connection;
  const pool = {
    begin: (each: Exchanged) => void begun.push(each),
    takeBack: (each: Exchanged) => void taken.push(each),
  };
  const answer = exchange(pool, 'POST / HTTP/1.1', clock);
  answer.catch(() => {});
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, closed, told, connection, begun, taken, answer, turn };
}

test('an answer is its head first, and then its body', async () => {
  const { begun, connection, answer, turn, clock } = scene();
  expect(begun).toEqual([]);
  await turn();
  const [each] = begun;
  expect(each!.request).toBe('POST / HTTP/1.1');
  each!.onStart(connection);
  each!.onHead(200, { 'content-type': 'text/plain' });
  each!.onData(Buffer.from('Hel'));
  const { status, headers, body } = await answer;
  each!.onData(Buffer.from('lo'));
  each!.onEnd();
  expect({ status, headers }).toEqual({ status: 200, headers: { 'content-type': 'text/plain' } });
  expect(Buffer.concat(await Array.fromAsync(body)).toString()).toBe('Hello');
  clock.done();
});

test('a call that has ended before the turn does takes no connection', async () => {
  const { clock, begun, answer, turn } = scene();
  clock.cancel();
  await expect(answer).rejects.toBeInstanceOf(Ended);
  await turn();
  expect(begun).toEqual([]);
});

test('a call whose clock has run out by then sends nothing', async () => {
  const { clock } = scene();
  clock.cancel();
  let begun = 0;
  const pool = { begin: () => void begun++, takeBack: () => {} };
  await expect(exchange(pool, '', clock)).rejects.toMatchObject({ why: 'cancelled' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toBe(0);
});

test('a call that ends while it waits for a connection waits no longer', async () => {
  const { clock, begun, taken, answer, turn } = scene();
  await turn();
  clock.cancel();
  await expect(answer).rejects.toMatchObject({ why: 'cancelled' });
  expect(taken).toEqual(begun);
});

test('a call that ends in mid-answer breaks the body off with its own reason', async () => {
  const { clock, begun, connection, answer, closed, turn } = scene();
  await turn();
  begun[0]!.onStart(connection);
  begun[0]!.onHead(200, {});
  const { body } = await answer;
  const read = Array.fromAsync(body);
  clock.cancel();
  await expect(read).rejects.toMatchObject({ why: 'cancelled' });
  expect(closed).toEqual([clock.ended()]);
});

test('a call that ends when its answer has come leaves the connection alone, as does who reads it late', async () => {
  const { clock, begun, connection, answer, closed, told, turn } = scene();
  await turn();
  begun[0]!.onStart(connection);
  begun[0]!.onHead(200, {});
  begun[0]!.onData(Buffer.alloc(100_000));
  begun[0]!.onEnd();
  expect(told).toEqual(['pause']);
  const { body } = await answer;
  expect(Buffer.concat(await Array.fromAsync(body))).toHaveLength(100_000);
  body.destroy();
  clock.cancel();
  expect(told).toEqual(['pause']);
  expect(closed).toEqual([]);
});

test('a connection that breaks is said as it is said', async () => {
  const before = scene();
  await before.turn();
  before.begun[0]!.onError(new Error('refused'));
  await expect(before.answer).rejects.toThrow('refused');
  before.clock.done();

  const after = scene();
  await after.turn();
  after.begun[0]!.onStart(after.connection);
  after.begun[0]!.onHead(200, {});
  const { body } = await after.answer;
  after.begun[0]!.onError(new Error('reset'));
  await expect(Array.fromAsync(body)).rejects.toThrow('reset');
  after.clock.done();
});
