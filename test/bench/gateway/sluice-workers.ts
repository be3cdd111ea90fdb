import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../../src/cli/log.ts';
import { startControllers } from '../../../src/controllers/controllers.ts';
import { replicaEvidence } from '../../../src/evidence/replicas.ts';
import { forkedWorkers, isWorkerProcess } from '../../../src/gateway/workers/fork.ts';
import { startPrimary } from '../../../src/gateway/workers/primary.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { eventually } from '../../eventually.ts';
import { keepSnapshots } from '../../workers/file-source.ts';
import { beSnapshotWorker } from '../../workers/snapshot-worker.ts';
import { putSplit } from './split.ts';

/**
 * The gateway of `parts.ts` in several processes: `node sluice-workers.ts UPSTREAM WORKERS [RECORDS]`. The primary has store
 * and controllers, and hands the workers what is in the store in a file, by which they are told too.
 */
const [upstream = '', count = '', recordsTo = '/dev/null'] = process.argv.slice(2);
const workers = Number(count);

if (isWorkerProcess()) beSnapshotWorker(process.env.SLUICE_BENCH_SNAPSHOTS!, createLog('silent'));
else await primary();

async function primary(): Promise<void> {
  const store = memoryStore();
  const snapshots = join(await mkdtemp(join(tmpdir(), 'sluice-bench-workers-')), 'snapshot.json');
  process.env.SLUICE_BENCH_SNAPSHOTS = snapshots;
  keepSnapshots(store, snapshots);
  const local = { host: '127.0.0.1', port: 0 };
  const { url, adminUrl, stop } = await startPrimary({
    workers,
    fork: forkedWorkers(),
    listen: local,
    admin: local,
    log: silentLog,
    recordTo: createWriteStream(recordsTo),
    errorLine: (line) => void process.stderr.write(line),
  });
  await url;
  const { read } = replicaEvidence({ of: 'gateway', endpoints: async () => [adminUrl] });
  await eventually('all serve', async () => (await read([])).length === workers);
  const controllers = startControllers({ store, evidence: { read }, log: silentLog });
  process.once('SIGTERM', async () => {
    await controllers.stop();
    await stop();
  });
  await putSplit(store, upstream, {}, () => read([]));
  process.stdout.write(`${await url}\n`);
}
