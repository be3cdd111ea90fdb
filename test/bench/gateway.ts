import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { LoadResult } from './load.ts';

/**
 * What a call through Sluice costs beside a bare proxy in Node, on this machine: rounds in turn, so that a busy
 * neighbour hits both alike; the median round counts.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    records: { type: 'string', default: '/dev/null' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
type Round = LoadResult & { cpuMs: number };

function start(script: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(script, import.meta.url)), args);
}

async function told<T>(child: ChildProcess, question?: object): Promise<T> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(seconds * 1_000 + 20_000) });
  if (question !== undefined) child.send(question);
  return (await answer)[0] as T;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

const provider = start('./provider.ts');
const { url: behind } = await told<{ url: string }>(provider);
const proxies = {
  bare: start('./bare-proxy.ts', behind),
  sluice: start('./sluice.ts', behind, values.records),
};
const urls = {
  bare: (await told<{ url: string }>(proxies.bare)).url,
  sluice: (await told<{ url: string }>(proxies.sluice)).url,
};
const load = start('./load.ts');
await told(load);

const measured: Record<keyof typeof proxies, Round[]> = { bare: [], sluice: [] };
for (let round = 0; round < rounds; round++) {
  for (const name of ['bare', 'sluice'] as const) {
    const before = await told<{ cpu: number }>(proxies[name], {});
    const result = await told<LoadResult>(load, { url: urls[name], seconds });
    const after = await told<{ cpu: number }>(proxies[name], {});
    if (result.failed > 0) throw new Error(`${name}: ${result.failed} of ${result.calls} calls failed`);
    measured[name].push({ ...result, cpuMs: (after.cpu - before.cpu) / 1_000 / result.sent });
  }
}
for (const child of [load, proxies.bare, proxies.sluice, provider]) child.disconnect();

const of = (name: keyof typeof proxies, field: keyof Round) =>
  median(measured[name].map((round) => round[field]));
const rows = (['bare', 'sluice'] as const).map((name) => ({
  proxy: name,
  'requests/s': Math.round(of(name, 'perSecond')),
  'p50 ms': Number(of(name, 'p50').toFixed(2)),
  'p99 ms': Number(of(name, 'p99').toFixed(2)),
  'CPU ms/call': Number(of(name, 'cpuMs').toFixed(4)),
}));
const ratios = {
  requests: Number((of('sluice', 'perSecond') / of('bare', 'perSecond')).toFixed(3)),
  cpu: Number((of('sluice', 'cpuMs') / of('bare', 'cpuMs')).toFixed(3)),
};
// biome-ignore lint/suspicious/noConsole: a table for people is what this is for.
console.table(rows);
process.stdout.write(`sluice / bare: requests/s ${ratios.requests}, CPU per call ${ratios.cpu}\n`);
if (values.json !== undefined) {
  const report = { seconds, rounds, connections: 16, node: process.version, rows, ratios };
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
