import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from './stream-load.ts';

export interface Load extends Target {
  body: string;
  connections: number;
  seconds: number;
}

export interface LoadSeen {
  calls: number;
  perSecond: number;
  /** Latency, in ms; NaN where no call was answered. */
  p50: number;
  p99: number;
}

/** Calls as fast as they are answered, with wrk on one thread. @throws Error where a call failed. */
export async function loadPlain({ url, headers, body, connections, seconds }: Load): Promise<LoadSeen> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-wrk-'));
  try {
    const script = join(folder, 'call.lua');
    const all = Object.entries({ 'content-type': 'application/json', ...headers });
    await writeFile(
      script,
      [
        'wrk.method = "POST"',
        `wrk.body = ${quoted(body)}`,
        ...all.map(([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`),
        'done = function(summary, latency)',
        '  local e = summary.errors',
        '  io.write(string.format("FIGURES %d %d %d %d %d\\n", summary.requests, summary.duration,',
        '    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))',
        'end',
        '',
      ].join('\n'),
    );
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s', '-s', script, url];
    const { stdout } = await promisify(execFile)('wrk', args);
    const [calls = 0, us, failed = 0, p50 = 0, p99 = 0] =
      /FIGURES (.*)/.exec(stdout)?.[1]?.split(' ').map(Number) ?? [];
    if (us === undefined || failed > 0)
      throw new Error(`${failed} of ${calls} calls to ${url} failed: ${stdout}`);
    // Where nothing was answered within the time, nothing is known of how long that takes.
    const ms = (us: number) => (calls === 0 ? Number.NaN : us / 1_000);
    return { calls, perSecond: calls / (us / 1e6), p50: ms(p50), p99: ms(p99) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of plain ASCII, Lua reads strings as JSON writes them. */
const quoted = (text: string): string => JSON.stringify(text);
