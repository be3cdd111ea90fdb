import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bodyOf, CHUNK_MS } from './calls.ts';
import type { Contestant, Upstreams } from './contestants.ts';
import type { Options } from './options.ts';
import { startPart, startProgram, useOf } from './processes.ts';
import type { StreamsAsked, StreamsSeen, Target } from './stream-load.ts';
import { loadPlain } from './wrk.ts';

/** One contestant in one setting, in the median of the rounds. */
export interface Row {
  scenario: string;
  /** Such as `16 connections`. */
  setting: string;
  name: string;
  /** By name and unit. */
  figures: Record<string, number>;
}

/** Calls or streams of a setting. @throws Error where one fails */
type Turn = (contestant: Contestant) => Promise<Record<string, number>>;

const KB = 1_000;

/** Settings that all take turns in, round by round. */
export function turns(
  { scenarios, seconds }: Options,
  direct: Contestant,
): { scenario: string; setting: string; turn: Turn }[] {
  const plain = (connections: number, bytes: number): Turn => {
    const load = { body: bodyOf(bytes), connections, seconds };
    return async ({ plain: target }) => {
      const before = await useOf(target.pid);
      const { calls, perSecond, p50, p99 } = await loadPlain({ ...target, ...load });
      const after = await useOf(target.pid);
      return {
        'calls/s': perSecond,
        'p50 ms': p50,
        'p99 ms': p99,
        'CPU ms/call': calls === 0 ? Number.NaN : (after.cpuMs - before.cpuMs) / calls,
        'MiB after': after.residentMiB,
      };
    };
  };
  const streamed = (chunks: number, inStep = false): Turn => {
    const ask = (of: Contestant) =>
      askStreams(of, { connections: 16, seconds, chunks, everyMs: CHUNK_MS, inStep });
    return async (contestant) => {
      const without = await ask(direct);
      const before = await useOf(contestant.streams.pid);
      const { streams, first, whole } = await ask(contestant);
      const { cpuMs } = await useOf(contestant.streams.pid);
      return {
        'streams/s': streams / seconds,
        'first p50 added ms': first.p50 - without.first.p50,
        'first p99 added ms': first.p99 - without.first.p99,
        'whole p50 added ms': whole.p50 - without.whole.p50,
        'CPU ms/stream': (cpuMs - before.cpuMs) / streams,
      };
    };
  };
  return [
    ...[1, 16, 256].map((connections) => ({
      scenario: 'plain',
      setting: `${connections} connection${connections === 1 ? '' : 's'}`,
      turn: plain(connections, KB),
    })),
    ...[1, 10, 100, 1_000].map((size) => ({
      scenario: 'sizes',
      setting: `${size} KB`,
      turn: plain(16, size * KB),
    })),
    ...[20, 200].map((chunks) => ({
      scenario: 'streams',
      setting: `${chunks} chunks`,
      turn: streamed(chunks),
    })),
    { scenario: 'streams', setting: '20 chunks, in step', turn: streamed(20, true) },
  ].filter(({ scenario }) => scenarios.includes(scenario as Options['scenarios'][number]));
}

/** Short streams for a few seconds, as many as come: what has run for hours is not what has just begun. */
export async function warmUp(contestant: Contestant): Promise<void> {
  await askStreams(contestant, { connections: 16, seconds: 5, chunks: 4, everyMs: 1, inStep: false });
}

async function askStreams(
  { streams: { url, headers } }: Contestant,
  asked: Omit<StreamsAsked, 'url' | 'headers'>,
): Promise<StreamsSeen> {
  const { line } = await startPart('streams', JSON.stringify({ url, headers, ...asked }));
  const seen = JSON.parse(line) as StreamsSeen;
  if (seen.failed > 0) throw new Error(`${seen.failed} of ${seen.streams} streams of ${url} failed`);
  return seen;
}

/** Memory while streams are open side by side, and before. */
export async function openStreams({ streams }: Contestant, count: number): Promise<Record<string, number>> {
  const before = await useOf(streams.pid);
  const asked = { url: streams.url, headers: streams.headers, count, holdMs: 5_000 };
  const child = startProgram(process.execPath, [
    join(import.meta.dirname, 'parts.ts'),
    'open',
    JSON.stringify(asked),
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const timer = setTimeout(() => child.kill(), count + 60_000);
  const opened = await lines.next();
  const during = await useOf(streams.pid);
  const last = await lines.next();
  clearTimeout(timer);
  if (opened.done || last.done) throw new Error(`${count} streams of ${streams.url} did not open in time`);
  const { failed } = JSON.parse(last.value) as { failed: number };
  return {
    'MiB before': before.residentMiB,
    'MiB with them open': during.residentMiB,
    failed,
  };
}

/** Memory over minutes of calls, sampled each minute. */
export async function memoryOver(
  { plain: target }: Contestant,
  minutes: number,
  told: (minute: number) => void,
): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  const load = { ...target, body: bodyOf(KB), connections: 16 };
  await loadPlain({ ...load, seconds: 5 });
  figures['MiB at the start'] = (await useOf(target.pid)).residentMiB;
  let calls = 0;
  for (let minute = 1; minute <= minutes; minute++) {
    told(minute);
    calls += (await loadPlain({ ...load, seconds: 60 })).calls;
    figures[`MiB after ${minute} min`] = (await useOf(target.pid)).residentMiB;
  }
  figures.calls = calls;
  return figures;
}

/** The upstreams themselves, as a contestant that adds nothing. */
export function directly({ plain, streams, pids }: Upstreams & { pids: number[] }): Contestant {
  const target = (base: string, pid: number): Target & { pid: number } => ({
    url: `${base}/v1/chat/completions`,
    headers: {},
    pid,
  });
  return { name: 'nothing between', plain: target(plain, pids[0]!), streams: target(streams, pids[1]!) };
}
