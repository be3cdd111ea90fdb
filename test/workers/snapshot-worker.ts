import type { Logger } from 'pino';
import { startGateway } from '../../src/gateway/gateway.ts';
import { primaryPort } from '../../src/gateway/workers/fork.ts';
import { beWorker } from '../../src/gateway/workers/worker.ts';
import { snapshotSource } from './file-source.ts';

/** Serves as one of several processes, as `sluice gateway` has each do, from the snapshots in a file. */
export function beSnapshotWorker(snapshots: string, log: Logger): void {
  beWorker(primaryPort(), async ({ worker, ...task }) => {
    const source = snapshotSource(snapshots);
    const gateway = await startGateway({
      ...task,
      source,
      replica: `g/${worker}`,
      log: log.child({ worker }),
      waitForTable: true,
    });
    return {
      gateway,
      async stop(graceMs) {
        await gateway.stop(graceMs);
        source.stop();
      },
    };
  });
}
