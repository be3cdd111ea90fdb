import { once } from 'node:events';
import { createServer } from 'node:net';
import { Pool, request } from 'undici';
import { FIELDS } from '../../src/gateway/record-fields.ts';
import { eventually } from '../eventually.ts';
import { call, counted, idOf, startProgram, startWorkers, type WorkersStage } from './stage.ts';

let stage: WorkersStage;
afterEach(async () => {
  await stage?.stop();
  stage = undefined as never;
});

const CALLS = 'sluice_gateway_call_duration_seconds_count';
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);
const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** Calls counted of the prompt, as Prometheus reads them. */
const read = async () =>
  sumOf(
    (await stage.metrics())
      .split('\n')
      .flatMap((line) => (line.startsWith(`${CALLS}{`) ? [Number(line.split(' ')[1])] : [])),
  );

test.each([
  ['connections that stay', true],
  // One that is just being handed to the worker must not be left without an answer, either.
  ['a new connection for each', false],
])(
  'a worker that is killed under load costs the calls under way there, no count twice: %s',
  async (_, stay) => {
    stage = await startWorkers([{ match: {}, answer: 'Hello', latency: 5 }]);
    await stage.serve();
    const connections = 16;
    const pool = new Pool(stage.url, {
      connections,
      pipelining: 1,
      bodyTimeout: 5_000,
      headersTimeout: 5_000,
    });
    const answered: string[] = [];
    let failed = 0;
    let stopped = false;
    const caller = async () => {
      while (!stopped) {
        try {
          const { status, token } = await call(stage, 'hi', stay ? { dispatcher: { dispatcher: pool } } : {});
          expect(status).toBe(200);
          answered.push(idOf(token));
        } catch {
          failed++;
        }
      }
    };
    const callers = Promise.all(Array.from({ length: connections }, caller));
    const reads: number[] = [];
    const killed = stage.pids().get(1)!;
    const before = await stage.evidence();
    for (const at of Array.from({ length: 40 }, (_, each) => each)) {
      await eventually('more calls', () => answered.length >= (at + 1) * 50);
      reads.push(await read());
      if (at === 10) process.kill(killed, 'SIGKILL');
    }
    await eventually('another worker serves', () => stage.pids().get(1) !== killed);
    stopped = true;
    await callers;
    await pool.close();

    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(connections);
    // Prometheus would take a fall for a restart, and count everything again.
    expect(reads).toEqual(reads.toSorted((a, b) => a - b));
    const after = await stage.evidence();
    const [one, other] = ['g/1', 'g/2'].map((replica) =>
      [before, after].map((all) => all.find((each) => each.replica === replica)!.startId),
    );
    expect(one![0]).not.toBe(one![1]);
    expect(other![0]).toBe(other![1]);
    // What the dead one had counted when it was read last is in; what it counted after that is not, and none is in twice.
    const total = await read();
    const calls = answered.length;
    expect(total).toBeGreaterThanOrEqual(reads[10]!);
    expect(total).toBeLessThanOrEqual(calls + failed);
    expect(await stage.metric('sluice_gateway_worker_restarts_total')).toBe(1);
    expect(stage.log.filter(({ msg }) => msg?.startsWith('a worker has ended'))).toMatchObject([
      { worker: 1, pid: killed, how: 'signal SIGKILL' },
    ]);

    await stage.end();
    const ids = stage.lines.map((line) => (JSON.parse(line) as Record<string, string>)[FIELDS.call]!);
    expect(new Set(ids).size).toBe(ids.length);
    // The last of the dead one's may not have been written.
    const missing = answered.filter((id) => !ids.includes(id));
    expect(missing.length).toBeLessThanOrEqual(connections);
    expect(sumOf(counted(after))).toBeLessThanOrEqual(calls + failed);
  },
);

test('on SIGTERM all turn not ready, finish what is under way, and end', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello', latency: 1_500 }]);
  await stage.serve();
  const pids = [...stage.pids().values()];
  const calls = Array.from({ length: 6 }, () => call(stage));
  await eventually(
    'all are under way',
    async () => (await stage.metric('sluice_gateway_calls_in_flight')) === 6,
  );
  const ended = stage.end('SIGTERM');
  await eventually('it is not ready', async () => {
    const { statusCode, body } = await request(`${stage.adminUrl}/readyz`);
    await body.dump();
    return statusCode === 503;
  });
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(6).fill(200));
  expect(await ended).toBe(0);
  expect(stage.lines).toHaveLength(6);
  expect(pids.filter(isThere)).toEqual([]);
  await expect(call(stage)).rejects.toThrow();
});

test('workers end with their primary, however it ends', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello' }]);
  const pids = [...stage.pids().values()];
  expect(pids.filter(isThere)).toEqual(pids);
  await stage.end('SIGKILL');
  await eventually('no worker is left', () => !pids.some(isThere));
});

test('a worker that hangs is no reading: what is missing is not zero', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello' }]);
  await stage.serve();
  await call(stage);
  await call(stage);
  const hung = stage.pids().get(2)!;
  const told = await read();
  process.kill(hung, 'SIGSTOP');
  const { statusCode, body } = await request(`${stage.adminUrl}/evidence`);
  await body.dump();
  expect(statusCode).toBe(503);
  // Of metrics what it told last is taken.
  expect(await read()).toBe(told);
  process.kill(hung, 'SIGCONT');
  await eventually('it tells again', async () => {
    const answer = await request(`${stage.adminUrl}/evidence`);
    await answer.body.dump();
    return answer.statusCode === 200;
  });
  expect(stage.pids().get(2)).toBe(hung);
});

test.each(['listen', 'admin'])('an address in use is said once, and ends the program: %s', async (which) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const program = startProgram({
    workers: 2,
    snapshots: `${process.env.TMPDIR ?? '/tmp'}/sluice-in-use-${process.pid}.json`,
    [which]: { host: '127.0.0.1', port },
  });
  let said = '';
  program.stderr!.on('data', (chunk) => (said += chunk));
  await once(program, 'close');
  taken.close();
  expect(program.exitCode).toBe(1);
  expect(said.split('\n').filter(Boolean)).toEqual([
    `error: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  ]);
});
