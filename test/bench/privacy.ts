import { writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { privacyPolicy } from '../../src/gateway/privacy/policy.ts';
import { keyOf, rewriteTexts, saidIn } from '../../src/gateway/privacy/rewrite.ts';
import { vault } from '../../src/privacy/vault.ts';

/**
 * What it costs to look at a prompt and redact it, in ms of processor time, and for how long no other call goes on meanwhile:
 * `npm run bench:privacy -- [--json FILE]`.
 */
const { values } = parseArgs({ options: { json: { type: 'string' } } });
const rows: ({ what: string; kb: number } & Measured)[] = [];
const SENTENCE =
  'The customer wrote on 3 May that order 48213 has not come; she was charged twice and asks for a refund. ';
const PRIVATE = 'Write to jane.doe@example.com or +49 30 901820, card 4111 1111 1111 1111. ';
const REDACT = ['EMAIL', 'PHONE', 'CARD', 'IBAN', 'IP', 'SSN', 'API_KEY'] as const;
const PATTERNS = [{ name: 'CUSTOMER_ID', regex: 'C-[0-9]{6}' }];
const MEASURED_MS = 1_500;

for (const [what, patterns] of [
  ['every kind', []],
  ['every kind, and one pattern', PATTERNS],
] as const) {
  const privacy = { redact: [...REDACT], patterns: [...patterns] };
  const { find } = privacyPolicy({ spec: { backends: [], privacy } })!;
  for (const kb of [1, 10, 100, 1_000]) {
    const text = textOf(kb * 1024);
    const each = await measured(async () => {
      const body = { messages: [{ role: 'user', content: text }] };
      const hidden = new Map<string, string>();
      const { hide } = vault();
      const all = saidIn(body);
      for (const [at, spans] of (await find(all)).entries())
        hidden.set(keyOf(all[at]!), hide(all[at]!.text, spans));
      return rewriteTexts(body, (text, name) => hidden.get(keyOf({ text, name })) ?? text);
    });
    rows.push({ what, kb, ...each });
    const { msPerCall, pauseMs } = each;
    const figures = `${msPerCall.toFixed(3)} ms a call, ${(msPerCall / kb).toFixed(4)} ms a KB`;
    process.stdout.write(`${what}: ${kb} KB: ${figures}, others wait for up to ${pauseMs.toFixed(1)} ms\n`);
  }
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);

function textOf(length: number): string {
  // Something private in each KB.
  const piece = PRIVATE + SENTENCE.repeat(10);
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

interface Measured {
  /** Processor time of one run, in all threads. */
  msPerCall: number;
  /** How late this thread comes to what is due: of a hundred looks, one each ms, the last but one. */
  pauseMs: number;
}

async function measured(run: () => Promise<unknown>): Promise<Measured> {
  for (let warm = 0; warm < 3; warm++) await run();
  const pauses = monitorEventLoopDelay({ resolution: 1 });
  pauses.enable();
  const before = process.cpuUsage();
  const end = performance.now() + MEASURED_MS;
  let runs = 0;
  while (performance.now() < end) {
    await run();
    runs++;
    await turn();
  }
  const { user, system } = process.cpuUsage(before);
  pauses.disable();
  return { msPerCall: (user + system) / 1_000 / runs, pauseMs: pauses.percentile(99) / 1e6 };
}
