import type { Dispatcher } from 'undici';
import { deadline, Ended } from './deadline.ts';
import { exchange } from './exchange.ts';

/** A pool whose side of a request is played by hand. */
function scene() {
  const clock = deadline(60_000);
  const aborted: Error[] = [];
  const controller = {
    abort: (why: Error) => void aborted.push(why),
    pause() {},
    resume() {},
  } as unknown as Dispatcher.DispatchController;
  const handlers: Required<Dispatcher.DispatchHandler>[] = [];
  const pool = {
    dispatch(_request: unknown, handler: unknown) {
      handlers.push(handler as Required<Dispatcher.DispatchHandler>);
      return true;
    },
  } as unknown as Dispatcher;
  const answer = exchange(pool, { method: 'POST', path: '/' }, clock);
  answer.catch(() => {});
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, aborted, controller, handlers, answer, turn };
}

test('what comes before the answer is no answer', async () => {
  const { handlers, controller, answer, turn, clock } = scene();
  await turn();
  const [handler] = handlers;
  handler!.onRequestStart(controller, undefined);
  handler!.onResponseStart(controller, 103, { link: '</x>' });
  handler!.onResponseStart(controller, 200, { 'content-type': 'text/plain' });
  handler!.onResponseData(controller, Buffer.from('Hel'));
  const { status, headers, body } = await answer;
  handler!.onResponseData(controller, Buffer.from('lo'));
  handler!.onResponseEnd(controller, {});
  expect({ status, headers }).toEqual({ status: 200, headers: { 'content-type': 'text/plain' } });
  expect(Buffer.concat(await Array.fromAsync(body)).toString()).toBe('Hello');
  clock.done();
});

test('a call that has ended before the turn does takes no connection', async () => {
  const { clock, handlers, answer, turn } = scene();
  clock.cancel();
  await expect(answer).rejects.toBeInstanceOf(Ended);
  await turn();
  expect(handlers).toEqual([]);
});

test('a call that ends while it waits for a connection is broken off when it gets one', async () => {
  const { clock, handlers, controller, answer, aborted, turn } = scene();
  await turn();
  clock.cancel();
  await expect(answer).rejects.toMatchObject({ why: 'cancelled' });
  handlers[0]!.onRequestStart(controller, undefined);
  expect(aborted).toEqual([clock.ended()]);
});

test('a call that ends in mid-answer breaks the body off with its own reason', async () => {
  const { clock, handlers, controller, answer, aborted, turn } = scene();
  await turn();
  handlers[0]!.onRequestStart(controller, undefined);
  handlers[0]!.onResponseStart(controller, 200, {});
  const { body } = await answer;
  const read = Array.fromAsync(body);
  clock.cancel();
  handlers[0]!.onResponseError(controller, new Error('aborted'));
  await expect(read).rejects.toMatchObject({ why: 'cancelled' });
  expect(aborted).toEqual([clock.ended()]);
});

test('a connection that breaks is said as it is said', async () => {
  const before = scene();
  await before.turn();
  before.handlers[0]!.onResponseError(before.controller, new Error('refused'));
  await expect(before.answer).rejects.toThrow('refused');
  before.clock.done();

  const after = scene();
  await after.turn();
  after.handlers[0]!.onResponseStart(after.controller, 200, {});
  const { body } = await after.answer;
  after.handlers[0]!.onResponseError(after.controller, new Error('reset'));
  await expect(Array.fromAsync(body)).rejects.toThrow('reset');
  after.clock.done();
});
