import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { METRICS } from '../../src/api/guardrail.ts';
import type { Case } from '../../src/decision/case.ts';
import { guardrailsOf, riskOf } from '../../src/decision/guardrails.ts';
import { judge } from '../../src/decision/judge.ts';
import { pack, type State, unpack } from '../../src/decision/judge-state.ts';
import { absorb } from '../../src/decision/ledger.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { replicasOf } from '../simulation/replicas.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    looks: { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'Measures what one look of the decision engine costs, with every built-in guardrail and two gateway replicas.\n' +
      'npm run bench:update -- [--looks N] [--json FILE]\n',
  );
  process.exit(0);
}

const guardrails = guardrailsOf({
  guardrails: METRICS.map((metric) => ({ name: `on-${metric.toLowerCase()}`, metric })),
});
const subject: Case = {
  uid: 'u',
  attempt: 2,
  stable: 'triage-6f1c2a9b04',
  candidate: 'triage-b8e07d2c51',
  step: 0,
  weight: 25,
  restarts: 3,
  guardrails,
  risk: riskOf(),
  elapsedMs: 600_000,
  stepElapsedMs: 300_000,
};
const replicas = replicasOf(subject.uid, ['gateway-0', 'gateway-1'], seededRandom(1));
replicas.serve({ revision: subject.stable, attempt: 1, weight: 0 }, 1_000);

const taken = {
  absorb: [] as number[],
  judge: [] as number[],
  pack: [] as number[],
  unpack: [] as number[],
  parse: [] as number[],
};
let state: State = judge(undefined, subject, replicas.readings()).state;
let packed = '';
const looks = Number(values.looks);
for (let look = 0; look < looks; look++) {
  replicas.serve({ revision: subject.candidate, attempt: 2, weight: 25 }, 3);
  replicas.serve({ revision: subject.stable, attempt: 2, weight: 25 }, 7);
  const text = JSON.stringify(replicas.readings());
  const readings = timed('parse', () => JSON.parse(text) as ReturnType<typeof replicas.readings>);
  const { ledger } = state;
  timed('absorb', () => absorb(ledger, readings, subject));
  state = timed('judge', () => judge(state, subject, readings).state);
  packed = timed('pack', () => pack(state));
  timed('unpack', () => unpack(packed, state.signature));
}

const rows = [
  ['one look: reading the counts and updating the evidence', middle(taken.judge)],
  ['  of that, what is new in the counts of two gateways', middle(taken.absorb)],
  ['  of that, the update: evidence, verdicts, words', middle(taken.judge) - middle(taken.absorb)],
  ['its state packed for the status (at most ten times a minute)', middle(taken.pack)],
  ['and unpacked (once after a restart)', middle(taken.unpack)],
  ['for comparison: JSON.parse of what the gateways said', middle(taken.parse)],
] as const;
for (const [what, us] of rows) process.stdout.write(`${what.padEnd(62)} ${us.toFixed(0).padStart(6)} µs\n`);
process.stdout.write(`${'state in the status'.padEnd(62)} ${String(packed.length).padStart(6)} bytes\n`);
process.stdout.write(`medians of ${looks} looks with ${guardrails.length} guardrails\n`);
if (values.json !== undefined) {
  const figures = {
    looks,
    guardrails: guardrails.length,
    bytes: packed.length,
    us: Object.fromEntries(rows),
  };
  await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

function timed<T>(what: keyof typeof taken, run: () => T): T {
  const begun = performance.now();
  const result = run();
  taken[what].push((performance.now() - begun) * 1_000);
  return result;
}

/** Without the first tenth, in which the code is compiled. */
function middle(all: number[]): number {
  const warm = all.slice(Math.floor(all.length / 10)).toSorted((a, b) => a - b);
  return warm[Math.floor(warm.length / 2)] ?? 0;
}
