import { createInterface } from 'node:readline';
import type { Kind } from '../../src/api/resource.ts';
import { untilStopped } from '../../src/cli/lifetime.ts';
import { createLog, passOn } from '../../src/cli/log.ts';
import { startControllers } from '../../src/controllers/controllers.ts';
import { replicaEvidence } from '../../src/evidence/replicas.ts';
import { forkedWorkers, isWorkerProcess } from '../../src/gateway/workers/fork.ts';
import { startPrimary } from '../../src/gateway/workers/primary.ts';
import { memoryStore, type Put } from '../../src/store/memory.ts';
import { keepSnapshots } from './file-source.ts';
import { beSnapshotWorker } from './snapshot-worker.ts';

/** What `program.ts` is started with, as JSON. */
export interface ProgramOptions {
  workers: number;
  /** Where the resources are handed to the workers. */
  snapshots: string;
  listen?: { host: string; port: number };
  admin?: { host: string; port: number };
  recordFile?: { path: string; mostBytes: number; files: number };
  /** By `namespace/name/key`. */
  secrets?: [string, string][];
  traced?: boolean;
}

/**
 * Sluice's gateway of several processes as `sluice gateway --workers` composes it, without a cluster: the primary also runs
 * the controllers over a store in memory, and puts into it each object that comes as a line on its standard input.
 */
const options = JSON.parse(process.argv[2]!) as ProgramOptions;
const local = { host: '127.0.0.1', port: 0 };
const { listen = local, admin = local, snapshots } = options;

if (isWorkerProcess()) beSnapshotWorker(snapshots, createLog('info'));
else
  await primary().catch((error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
    process.stdin.destroy();
  });

async function primary(): Promise<void> {
  const { workers, recordFile, secrets = [], traced } = options;
  const log = createLog('info');
  const store = memoryStore();
  for (const [name, value] of secrets) store.secrets.set(name, value);
  keepSnapshots(store, snapshots);
  createInterface({ input: process.stdin }).on('line', (line) => store.put(JSON.parse(line) as Put<Kind>));
  const started = await startPrimary({
    workers,
    fork: forkedWorkers(),
    listen,
    admin,
    log,
    errorLine: passOn,
    ...(recordFile && { recordFile }),
    ...(traced && { traced }),
  });
  const evidence = replicaEvidence({ of: 'gateway', endpoints: async () => [started.adminUrl] });
  const controllers = startControllers({ store, evidence, log });
  const failed = started.url.then(() => new Promise<never>(() => {}));
  await untilStopped(
    async () => {
      await controllers.stop();
      await started.stop();
      process.stdin.destroy();
    },
    log,
    { failed },
  );
}
