import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { countCalls, isExact } from './count/count.ts';

const USAGE = `Makes calls to a gateway and counts its records: every call that was answered has to be in them exactly once.
npm run bench:count -- [--calls N] [--connections N] [--workers N] [--json FILE]

--calls N        how many (1000000): of a hundred, ten are streams, two fail, and one is left by its caller
--connections N  at a time (32)
--workers N      processes of the gateway (1)
--json FILE      writes the figures

Ends with 1 where a call is missing, is there twice, or has another outcome than its caller saw.
`;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '32' },
    workers: { type: 'string', default: '1' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else {
  const asked = { calls: whole('calls'), connections: whole('connections'), workers: whole('workers') };
  const tell = (done: number) => process.stderr.write(`${done} of ${asked.calls} calls\n`);
  const count = await countCalls(asked, tell);
  for (const [name, value] of Object.entries(count))
    process.stdout.write(`${name.padEnd(9)} ${name === 'seconds' ? value.toFixed(1) : value}\n`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ ...asked, ...count }, null, 2)}\n`);
  process.exitCode = isExact(count) ? 0 : 1;
}

function whole(name: 'calls' | 'connections' | 'workers'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  process.stderr.write(`--${name}: ${values[name]} is no whole number from 1 on\n`);
  process.exit(1);
}
