import { type ManualTimers, manualTimers, settle } from '../../lib/manual-timers.ts';
import { ApiError } from './api-error.ts';
import { electLeader, type LeaderElectionOptions } from './lease.ts';
import type { Lease, LeaseSpec } from './lease-record.ts';
import type { ApiRequest, Transport } from './transport.ts';

/** One Lease as the API server keeps it, that can be made unreachable, or to lose its answers. */
function leaseServer() {
  let lease: Lease | undefined;
  let version = 0;
  const server = { down: false, loseAnswers: false, writes: 0, spec: () => lease?.spec as LeaseSpec };
  const say = (status: number, code: 'NotFound' | 'Conflict') => new ApiError(code, code, { status });
  const handle = ({ method, body }: ApiRequest): Lease => {
    if (method === 'GET') {
      if (!lease) throw say(404, 'NotFound');
      return lease;
    }
    const given = body as Lease;
    if (method === 'POST' && lease) throw say(409, 'Conflict');
    if (method === 'PUT' && !lease) throw say(404, 'NotFound');
    if (method === 'PUT' && given.metadata.resourceVersion !== lease?.metadata.resourceVersion) {
      throw say(409, 'Conflict');
    }
    version += 1;
    server.writes += 1;
    lease = { metadata: { ...given.metadata, resourceVersion: String(version) }, spec: given.spec };
    return lease;
  };
  const transport: Transport = {
    namespace: 'ns',
    async request(request) {
      if (server.down) throw new ApiError('Unavailable', 'down');
      const answer = structuredClone(handle(request));
      if (server.loseAnswers && request.method !== 'GET') throw new ApiError('Unavailable', 'time-out');
      return answer;
    },
    async *watch() {},
    close: async () => {},
  };
  return {
    server,
    transport,
    annotate: () => transport.request({ method: 'PUT', path: '', body: structuredClone(lease) }),
    remove: () => {
      lease = undefined;
    },
  };
}

function candidate(
  transport: Transport,
  timers: ManualTimers,
  identity: string,
  more: Partial<LeaderElectionOptions> = {},
) {
  const told: string[] = [];
  const election = electLeader({
    transport,
    namespace: 'ns',
    name: 'sluice',
    identity,
    onLeading: () => told.push('leading'),
    onLost: (why) => told.push(`lost: ${why}`),
    timers,
    wallClock: () => 1_800_000_000_000 + timers.now(),
    random: () => 0,
    ...more,
  });
  return { election, told };
}

test('one of two leads; the other takes over when the first has stopped, at once and with a higher epoch', async () => {
  const { server, transport } = leaseServer();
  const timers = manualTimers();
  const one = candidate(transport, timers, 'one');
  await settle();
  const two = candidate(transport, timers, 'two');
  await timers.advance(60_000);
  expect([one.told, two.told]).toEqual([['leading'], []]);
  expect([one.election.leads(), two.election.leads()]).toEqual([true, false]);
  expect(server.spec()).toMatchObject({
    holderIdentity: 'one',
    leaseDurationSeconds: 15,
    leaseTransitions: 1,
  });
  expect(server.spec().renewTime).toMatch(/T\d\d:\d\d:\d\d\.\d{6}Z$/);

  await one.election.stop();
  expect(server.spec().holderIdentity).toBe('');
  expect(one.election.leads()).toBe(false);
  await timers.advance(2_000);
  expect(two.election.leads()).toBe(true);
  expect(two.election.epoch()).toBe(2);
  expect(one.told).toEqual(['leading']);
  await two.election.stop();
});

test('a leader that cannot renew ceases to lead before another may, whatever the wall clocks say', async () => {
  const { server, transport } = leaseServer();
  const [timersOne, timersTwo] = [manualTimers(), manualTimers()];
  const one = candidate(transport, timersOne, 'one');
  await settle();
  // Its clock is an hour ahead, so that the record looks long expired to it.
  const two = candidate(transport, timersTwo, 'two', { wallClock: () => 1_800_003_600_000 });
  const advance = (ms: number) => Promise.all([timersOne.advance(ms), timersTwo.advance(ms)]);
  await advance(5_000);
  expect(two.election.leads()).toBe(false);

  // The first is cut off: the server sees only the second.
  let cutOff = true;
  const reach = transport.request;
  transport.request = (request) => {
    const isOne = (request.body as Lease | undefined)?.spec.holderIdentity === 'one';
    return cutOff && isOne ? Promise.reject(new ApiError('Unavailable', 'cut off')) : reach(request);
  };
  const both: string[] = [];
  for (let second = 0; second < 30; second += 1) {
    await advance(1_000);
    both.push(`${one.election.leads() ? 'one' : ''}${two.election.leads() ? 'two' : ''}`);
  }
  expect(both).not.toContain('onetwo');
  expect(both.indexOf('')).toBeLessThanOrEqual(10);
  expect(both.at(-1)).toBe('two');
  expect(one.told).toEqual(['leading', 'lost: it was not renewed within 10 s']);
  expect(server.spec().leaseTransitions).toBe(2);
  cutOff = false;
  await one.election.stop();
  expect(server.spec().holderIdentity).toBe('two');
  await two.election.stop();
});

test('a leader that was stopped past its lease knows it before it asks anybody', async () => {
  const { transport } = leaseServer();
  const timers = manualTimers();
  let slept = 0;
  const one = candidate(transport, { ...timers, now: () => timers.now() + slept }, 'one');
  await timers.advance(5_000);
  expect(one.election.leads()).toBe(true);
  slept = 11_000;
  expect(one.election.leads()).toBe(false);
  await timers.advance(2_000);
  expect(one.told).toEqual(['leading', 'lost: it was not renewed within 10 s']);
  await one.election.stop();
});

test('a machine that was suspended, so that only the wall clock went on, does not write either', async () => {
  const { transport } = leaseServer();
  const timers = manualTimers();
  let jump = 0;
  const wallClock = () => 1_800_000_000_000 + timers.now() + jump;
  const one = candidate(transport, timers, 'one', { wallClock });
  await timers.advance(5_000);
  jump = 3_600_000;
  expect(one.election.leads()).toBe(false);
  await timers.advance(2_000);
  expect(one.election.leads()).toBe(true);
  expect(one.told).toEqual(['leading']);
  jump = 0;
  expect(one.election.leads()).toBe(true);
  await one.election.stop();
});

test('the same name after expiry leads with a higher epoch', async () => {
  const { server, transport } = leaseServer();
  const timers = manualTimers();
  const first = candidate(transport, timers, 'same');
  await settle();
  expect(first.election.epoch()).toBe(1);
  // Killed: its timers run no more. Another life begins under the same name.
  const later = manualTimers();
  const second = candidate(transport, later, 'same');
  await later.advance(14_000);
  expect(second.election.leads()).toBe(false);
  await later.advance(4_000);
  expect(second.election.epoch()).toBe(2);
  expect(server.spec().leaseTransitions).toBe(2);
  await second.election.stop();
});

test('a short outage, a lost answer and a foreign annotation cost no leadership', async () => {
  const { server, transport, annotate } = leaseServer();
  const timers = manualTimers();
  const one = candidate(transport, timers, 'one');
  await timers.advance(5_000);
  server.down = true;
  await timers.advance(4_000);
  server.down = false;
  await timers.advance(2_000);
  server.loseAnswers = true;
  await timers.advance(4_000);
  server.loseAnswers = false;
  await annotate();
  await timers.advance(60_000);
  expect(one.told).toEqual(['leading']);
  expect(one.election.leads()).toBe(true);
  await one.election.stop();
});

test('who finds its lease in the hands of another is lost at once', async () => {
  const { server, transport } = leaseServer();
  const timers = manualTimers();
  const one = candidate(transport, timers, 'one');
  await timers.advance(1_000);
  const [lease] = [await transport.request({ method: 'GET', path: '' })] as [Lease];
  const spec = { ...server.spec(), holderIdentity: 'thief', leaseTransitions: 2 };
  await transport.request({ method: 'PUT', path: '', body: { ...lease, spec } });
  await timers.advance(2_000);
  expect(one.told).toEqual(['leading', 'lost: thief holds it now']);
  expect(one.election.leads()).toBe(false);
  await one.election.stop();
  expect(server.spec().holderIdentity).toBe('thief');
});

test('a deleted Lease ends the leadership, and the next epoch is above any that was seen', async () => {
  const { transport, remove } = leaseServer();
  const timers = manualTimers();
  const one = candidate(transport, timers, 'one');
  await timers.advance(1_000);
  remove();
  await timers.advance(2_000);
  expect(one.told.at(-1)).toBe('lost: the Lease was deleted');
  const two = candidate(transport, timers, 'two', { leastEpoch: () => 41 });
  await settle();
  expect(two.election.epoch()).toBe(42);
  await two.election.stop();
});

test('while the API server is away nobody begins to lead, and it is asked about each 2 s', async () => {
  const { server, transport } = leaseServer();
  const timers = manualTimers();
  server.down = true;
  const one = candidate(transport, timers, 'one');
  await timers.advance(60_000);
  expect(one.told).toEqual([]);
  server.down = false;
  await timers.advance(2_000);
  expect(one.told).toEqual(['leading']);
  await one.election.stop();
  expect(timers.pending()).toBe(0);
});
