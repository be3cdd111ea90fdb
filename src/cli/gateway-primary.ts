import { forkedWorkers } from '../gateway/workers/fork.ts';
import { startPrimary } from '../gateway/workers/primary.ts';
import { checkStoreUrl } from './budget-store.ts';
import type { GatewayOptions } from './cluster-gateway.ts';
import { feedbackKeyOf } from './feedback-key.ts';
import { untilStopped } from './lifetime.ts';
import { createLog, passOn } from './log.ts';
import { otlpOf } from './otlp.ts';
import { recordFileOf } from './record-file.ts';

/**
 * Has several processes serve callers, until SIGTERM or SIGINT.
 * @throws Error where an option cannot be meant, an address is taken, or the first worker cannot start.
 */
export async function servePrimary(options: GatewayOptions, workers: number): Promise<void> {
  const log = createLog(options.logLevel);
  const { listen, admin, replica, budgetStore, callersFile, callerTokens } = options;
  // What is wrong with them is said by this process, once.
  const { otlp } = await otlpOf(options, replica);
  if (budgetStore !== undefined) checkStoreUrl(budgetStore);
  const feedbackKey = await feedbackKeyOf(options);
  const primary = await startPrimary({
    workers,
    fork: forkedWorkers(),
    listen,
    admin,
    log,
    errorLine: passOn,
    callers: callersFile ?? callerTokens,
    traced: otlp?.urls.traces !== undefined,
    ...recordFileOf(options),
    ...(feedbackKey && { feedbackKey }),
  });
  const failed = primary.url.then(() => new Promise<never>(() => {}));
  await untilStopped(() => primary.stop(), log, { failed });
}
