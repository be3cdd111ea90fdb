import { manualTimers, settle } from '../../lib/manual-timers.ts';
import { type EventNote, StoreError } from '../store.ts';
import { ApiError } from './api-error.ts';
import { eventRecorder } from './event-recorder.ts';
import type { ApiRequest, Transport } from './transport.ts';

const note = (message: string, uid = 'u1'): EventNote => ({
  kind: 'PromptRelease',
  namespace: 'support',
  name: 'triage',
  uid,
  type: 'Warning',
  reason: 'RolledBack',
  message,
});

function scene(guard = () => {}) {
  const timers = manualTimers();
  const requests: ApiRequest[] = [];
  const errors: Error[] = [];
  let lost = 0;
  const transport: Transport = {
    namespace: 'support',
    async request(request) {
      request.guard?.();
      requests.push(request);
      const error = errors.shift();
      if (error) throw error;
      return {};
    },
    async *watch() {},
    close: async () => {},
  };
  const recorder = eventRecorder({
    transport,
    timers,
    instance: 'pod-1',
    guard,
    onEventLost: () => {
      lost += 1;
    },
  });
  const bodies = () =>
    requests.map(({ method, body }) => [method, (body as { series?: { count: number } }).series?.count]);
  return { recorder, timers, requests, errors, bodies, lost: () => lost };
}

test('an Event says on what, why and since when', async () => {
  const { recorder, requests } = scene();
  recorder.note(note('7 of 31 refused'));
  await settle();
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({
    method: 'POST',
    path: '/apis/events.k8s.io/v1/namespaces/support/events',
  });
  expect(requests[0]!.body).toMatchObject({
    regarding: { apiVersion: 'sluice.dev/v1alpha1', kind: 'PromptRelease', name: 'triage', uid: 'u1' },
    type: 'Warning',
    reason: 'RolledBack',
    note: '7 of 31 refused',
    action: 'RolledBack',
    reportingController: 'sluice.dev/operator',
    reportingInstance: 'pod-1',
    eventTime: expect.stringMatching(/\.\d{6}Z$/),
  });
});

test('the same within ten minutes counts up; after that, or said otherwise, it is another', async () => {
  const { recorder, timers, bodies } = scene();
  for (const [ms, message] of [
    [0, 'x'],
    [1_000, 'x'],
    [599_000, 'x'],
    [0, 'y'],
    [601_000, 'x'],
  ] as const) {
    await timers.advance(ms);
    recorder.note(note(message));
    await settle();
  }
  expect(bodies()).toEqual([
    ['POST', undefined],
    ['PATCH', 2],
    ['PATCH', 3],
    ['POST', undefined],
    ['POST', undefined],
  ]);
});

test('an Event that the API server has forgotten is written anew with its count', async () => {
  const { recorder, errors, bodies } = scene();
  recorder.note(note('x'));
  await settle();
  errors.push(new ApiError('NotFound', 'gone', { status: 404 }));
  recorder.note(note('x'));
  await settle();
  expect(bodies()).toEqual([
    ['POST', undefined],
    ['PATCH', 2],
    ['POST', 2],
  ]);
});

test('an outage is waited out a little; what is refused is lost and counted; the rest goes on', async () => {
  const { recorder, errors, timers, requests, lost } = scene();
  errors.push(new ApiError('Unavailable', 'down'), new ApiError('Unavailable', 'down'));
  recorder.note(note('waited for'));
  await timers.advance(10_000);
  expect(requests).toHaveLength(3);
  expect(lost()).toBe(0);
  errors.push(new ApiError('Forbidden', 'no'));
  recorder.note(note('refused'));
  recorder.note(note('next'));
  await settle();
  expect(lost()).toBe(1);
  expect(requests).toHaveLength(5);
});

test('the queue is bounded', async () => {
  const { recorder, lost, errors, timers, requests } = scene();
  errors.push(new ApiError('Unavailable', 'down'));
  recorder.note(note('first'));
  await settle();
  for (let each = 0; each < 600; each += 1) recorder.note(note(`message ${each}`));
  expect(lost()).toBe(100);
  await timers.advance(10_000);
  expect(requests).toHaveLength(502);
});

test('who may not write any more writes no Event', async () => {
  const { recorder, requests, lost } = scene(() => {
    throw new StoreError('Unavailable', 'lease lost');
  });
  recorder.note(note('x'));
  await settle();
  expect(requests).toEqual([]);
  expect(lost()).toBe(1);
});

test('a long message is cut to what the API server takes', async () => {
  const { recorder, requests } = scene();
  recorder.note(note('é'.repeat(3_000)));
  await settle();
  expect((requests[0]!.body as { note: string }).note.length).toBeLessThanOrEqual(1_024);
});

test('stop writes what waits, but does not wait for ever', async () => {
  const { recorder, requests, timers, errors } = scene();
  for (const message of ['a', 'b', 'c']) recorder.note(note(message));
  await recorder.stop();
  expect(requests).toHaveLength(3);
  expect(timers.pending()).toBe(0);

  const stuck = scene();
  stuck.errors.push(...Array.from({ length: 9 }, () => new ApiError('Unavailable', 'down')));
  stuck.recorder.note(note('a'));
  const stopping = stuck.recorder.stop();
  await stuck.timers.advance(2_000);
  await stopping;
  expect(errors).toEqual([]);
});
