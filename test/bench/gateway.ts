import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'Measures the gateway against the least that a proxy can do, one process each, the same answer behind, 16 connections.\n' +
      'npm run bench:gateway -- [--rounds N] [--seconds N per round] [--json FILE]\n',
  );
  process.exit(0);
}
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const children: ChildProcess[] = [];

/** Starts a part and gives its first line. */
async function start(...args: string[]): Promise<{ pid: number; line: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'gateway-parts.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { pid: child.pid!, line };
}

interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  /** Processor time of the proxy for one call, in ms. */
  cpu: number;
}

async function round({ pid, line: url }: { pid: number; line: string }): Promise<Round> {
  const before = await cpuMs(pid);
  const { line } = await start('load', url, String(seconds));
  const { calls, failed, p50, p99 } = JSON.parse(line) as {
    calls: number;
    failed: number;
    p50: number;
    p99: number;
  };
  if (failed > 0) throw new Error(`${failed} of ${calls} calls failed`);
  return { perSecond: calls / seconds, p50, p99, cpu: ((await cpuMs(pid)) - before) / calls };
}

/** User and system time of a process so far; the kernel counts in hundredths of a second. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const medians = (all: Round[]): Round => ({
  perSecond: median(all.map((each) => each.perSecond)),
  p50: median(all.map((each) => each.p50)),
  p99: median(all.map((each) => each.p99)),
  cpu: median(all.map((each) => each.cpu)),
});

try {
  const provider = await start('provider');
  const [bare, sluice] = [await start('bare', provider.line), await start('sluice', provider.line)];
  await round(bare);
  await round(sluice);
  const measured: { bare: Round; sluice: Round }[] = [];
  for (let n = 0; n < rounds; n++) {
    process.stderr.write(`round ${n + 1} of ${rounds}\n`);
    measured.push({ bare: await round(bare), sluice: await round(sluice) });
  }
  const figures = {
    rounds,
    seconds,
    bare: medians(measured.map((each) => each.bare)),
    sluice: medians(measured.map((each) => each.sluice)),
    ratio: median(measured.map((each) => each.sluice.perSecond / each.bare.perSecond)),
  };
  const row = (name: string, { perSecond, p50, p99, cpu }: Round) =>
    [
      name.padEnd(22),
      perSecond.toFixed(0).padStart(10),
      p50.toFixed(2).padStart(8),
      p99.toFixed(2).padStart(8),
      cpu.toFixed(3).padStart(12),
    ].join('  ');
  process.stdout.write(
    [
      `${''.padEnd(22)}    calls/s   p50 ms   p99 ms   CPU ms/call`,
      row('bare proxy', figures.bare),
      row('sluice, accounting on', figures.sluice),
      `calls/s, sluice to bare proxy: ${figures.ratio.toFixed(2)} (median of ${rounds} pairs)`,
      '',
    ].join('\n'),
  );
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  for (const child of children) child.kill();
}
