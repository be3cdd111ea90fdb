import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Registry } from 'prom-client';
import type { Attempt } from '../../src/gateway/attempt.ts';
import { responseCache } from '../../src/gateway/cache/response-cache.ts';
import { ANYBODY } from '../../src/gateway/callers/caller.ts';
import { chat } from '../../src/gateway/dialects/openai/chat.ts';
import type { BackendTarget, RouteEntry } from '../../src/gateway/table.ts';

/** What a call costs at the cache of answers, in µs of processor time: `npm run bench:cache -- [--json FILE]`. */
const { values } = parseArgs({ options: { json: { type: 'string' } } });
const rows: { what: string; kb: number; usPerCall: number }[] = [];
const MEASURED_MS = 1_000;
const AT_A_TIME = 100;

const backend = {
  name: 'b',
  provider: { namespace: 'n', name: 'p', dialect: 'OpenAI', origin: 'http://a', basePath: '/v1' },
  model: 'm',
} as BackendTarget;
const route = {
  ...{ kind: 'ModelRoute', namespace: 'n', name: 'r', uid: 'r', weight: 0 },
  stable: { revision: 'r-1', backends: [backend] },
} as unknown as RouteEntry;
const answered: Attempt = {
  kind: 'answer',
  backend,
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.alloc(1024, 'x'),
  answer: { outcome: 'success', toolCalls: 0, schemaChecked: false, text: 'x'.repeat(900) },
};
const cache = responseCache({ registry: new Registry() });
let calls = 0;

/** One call as it goes by the cache; `user` makes it another. */
function call(entry: RouteEntry, content: string, user: string): void {
  const body = { model: 'r', user, messages: [{ role: 'user', content }] };
  const draw = { route: { entry, side: 'stable' as const } };
  const own = cache.open({ entry, caller: ANYBODY, endpoint: chat, headers: {}, body }, draw);
  const place = own?.at({
    draw,
    backend,
    first: backend,
    request: { endpoint: chat, body },
    read: {},
    onDeadline: () => {},
  });
  if (place !== undefined && place.found === undefined) place.keep(answered);
  own?.told(place?.found);
}

for (const kb of [1, 10, 100]) {
  const text = 'x'.repeat(kb * 1024);
  const cached = { ...route, cacheMs: 600_000 };
  const ways: [what: string, run: () => void][] = [
    ['no cache', () => call(route, text, '')],
    ['a miss, stored', () => call(cached, text, `u${calls++}`)],
    ['a hit', () => call(cached, text, 'u')],
  ];
  for (const [what, run] of ways) {
    const usPerCall = measured(run);
    rows.push({ what, kb, usPerCall });
    process.stdout.write(`${kb} KB: ${what}: ${usPerCall.toFixed(2)} µs a call\n`);
  }
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);

/** Mean processor time of one run, in µs. */
function measured(run: () => void): number {
  for (let warm = 0; warm < 1_000; warm++) run();
  const end = performance.now() + MEASURED_MS;
  const before = process.cpuUsage();
  let runs = 0;
  while (performance.now() < end) {
    for (let n = 0; n < AT_A_TIME; n++) run();
    runs += AT_A_TIME;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}
