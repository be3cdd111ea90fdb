import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FIELDS } from '../../../src/gateway/record-fields.ts';
import { startProgram, stopAll } from '../gateway/processes.ts';
import { type Answered, makeCalls } from './calls.ts';
import { startProvider } from './provider.ts';

/** How what callers were answered compares with what the gateway wrote down. */
export interface Count {
  answered: number;
  records: number;
  /** Calls that were answered and are in no record. */
  missing: number;
  /** Records of calls that another record is of. */
  twice: number;
  /** Records of calls that no caller was answered. */
  unknown: number;
  /** Records whose outcome is another than the caller saw. */
  wrong: number;
  seconds: number;
}

export const isExact = ({ answered, records, missing, twice, unknown, wrong }: Count): boolean =>
  answered === records && missing + twice + unknown + wrong === 0;

/** Makes calls to a gateway of one or several processes of its own, has it stop, and compares its records with the answers. */
export async function countCalls(
  { workers = 1, ...asked }: { calls: number; connections: number; workers?: number },
  tell?: (done: number) => void,
): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-count-'));
  const file = join(folder, 'records');
  const provider = await startProvider();
  try {
    const fileOf = (name: string) => join(import.meta.dirname, '../gateway', name);
    const args =
      workers === 1
        ? [fileOf('parts.ts'), 'sluice', provider.url, '{}', file]
        : [fileOf('sluice-workers.ts'), provider.url, String(workers), file];
    const gateway = startProgram(process.execPath, args);
    const ended = once(gateway, 'exit');
    const [url] = (await once(createInterface({ input: gateway.stdout }), 'line')) as [string];
    const begun = performance.now();
    const answered = await makeCalls(url, asked, tell);
    const seconds = (performance.now() - begun) / 1_000;
    gateway.kill('SIGTERM');
    await ended;
    return { ...(await compared(answered, file)), seconds };
  } finally {
    stopAll();
    provider.server.closeAllConnections();
    provider.server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compared(answered: Answered, file: string): Promise<Omit<Count, 'seconds'>> {
  const count = { answered: answered.size, records: 0, missing: 0, twice: 0, unknown: 0, wrong: 0 };
  const seen = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { [FIELDS.call]: id, [FIELDS.outcome]: outcome } = JSON.parse(line) as Record<string, string>;
    count.records++;
    if (seen.has(id!)) count.twice++;
    seen.add(id!);
    const wanted = answered.get(id!);
    if (wanted === undefined) count.unknown++;
    else if (wanted !== outcome) count.wrong++;
  }
  for (const id of answered.keys()) if (!seen.has(id)) count.missing++;
  return count;
}
