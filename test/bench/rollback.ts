import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { release, type Stage, startStage } from '../cluster/stage.ts';
import { startControlPlane } from '../control-plane/control-plane.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    runs: { type: 'string', default: '5' },
    rate: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'Measures how long a candidate that fails every call goes on getting calls, at 5 % of a rate, on a real API server.\n' +
      'npm run bench:rollback -- [--runs N] [--rate CALLS-PER-SECOND] [--json FILE]\n',
  );
  process.exit(0);
}

interface Run {
  /** From the first failure of the candidate to the last call that it got, in seconds. */
  seconds: number;
  badCalls: number;
  callersErrors: number;
}

const rate = Number(values.rate);
const plane = await startControlPlane();
let stage: Stage | undefined;
try {
  await plane.installCRDs();
  stage = await startStage(plane, [
    { match: { text: 'dead' }, errors: 1, answer: 'x' },
    { match: {}, answer: 'Hello' },
  ]);
  const runs: Run[] = [];
  for (let n = 0; n < Number(values.runs); n++) {
    process.stderr.write(`run ${n + 1} of ${values.runs}\n`);
    runs.push(await once(stage, `bench-${n}`));
  }
  report(runs);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ rate, runs }, null, 2)}\n`);
} finally {
  await stage?.stop();
  await plane.stop();
}

async function once(on: Stage, name: string): Promise<Run> {
  const rollout = { steps: [{ weight: 5, minDuration: '10m' }] };
  await on.apply(release(name, `good ${name}`, { rollout }));
  await on.until('prel', name, ({ status }) => status?.phase === 'Healthy');
  const callers = on.call(name, rate);
  await on.apply(release(name, `dead ${name}`, { rollout }));
  const { status } = await on.until(
    'prel',
    name,
    (live) => live.status?.rollback?.servedAt !== undefined,
    180_000,
  );
  await callers.stop();
  const candidate = status?.rollback?.from;
  const failures = on.gateway
    .output()
    .split('\n')
    .filter((line) => line.includes(`"sluice.rescued.from":"${candidate}"`))
    .map((line) => JSON.parse(line) as { time: string })
    .map(({ time }) => Date.parse(time))
    .toSorted((a, b) => a - b);
  const seconds = ((failures.at(-1) ?? 0) - (failures[0] ?? 0)) / 1000;
  return { seconds, badCalls: failures.length, callersErrors: callers.errors().length };
}

function report(runs: Run[]): void {
  const middle = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
  const rows: [string, number[]][] = [
    ['first failure to last call, s', runs.map(({ seconds }) => seconds)],
    ['failed calls of the candidate', runs.map(({ badCalls }) => badCalls)],
    ['errors that callers saw', runs.map(({ callersErrors }) => callersErrors)],
  ];
  const line = (cells: unknown[]) =>
    cells.map((cell, at) => (at === 0 ? String(cell).padEnd(32) : String(cell).padStart(8))).join('');
  process.stdout.write(`${line([`${runs.length} runs, 5 % of ${rate} calls/s`, 'min', 'median', 'max'])}\n`);
  for (const [name, numbers] of rows) {
    process.stdout.write(`${line([name, Math.min(...numbers), middle(numbers), Math.max(...numbers)])}\n`);
  }
}
