import { primaryPort } from '../gateway/workers/fork.ts';
import { beWorker } from '../gateway/workers/worker.ts';
import { type GatewayOptions, startServing } from './cluster-gateway.ts';
import { createLog } from './log.ts';

/** Serves callers as one of several processes, as the primary says. */
export function serveWorker(options: GatewayOptions): void {
  const port = primaryPort();
  beWorker(port, ({ worker, ...task }) => {
    const log = createLog(options.logLevel).child({ worker });
    // A replica of its own: what it counts begins at zero when it begins.
    const replica = `${options.replica}/${worker}`;
    return startServing(options, log, { ...task, replica, waitForTable: true }, worker);
  });
}
