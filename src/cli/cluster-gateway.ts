import { startGateway } from '../gateway/gateway.ts';
import { kubernetesSource } from '../store/kubernetes/source.ts';
import { tokenReviews } from '../store/kubernetes/token-review.ts';
import type { Address } from './address.ts';
import { type BudgetStoreOptions, openBudgetStore } from './budget-store.ts';
import { type CallersOptions, openCallers } from './callers.ts';
import { type ClusterOptions, connect } from './cluster.ts';
import { readFeedbackKey } from './feedback-key.ts';
import { untilStopped } from './lifetime.ts';
import { createLog } from './log.ts';
import type { CommonOptions } from './options.ts';
import { type OtlpOptions, otlpOf } from './otlp.ts';
import { type RecordFileOptions, recordFileOf } from './record-file.ts';

export interface GatewayOptions
  extends CommonOptions,
    ClusterOptions,
    CallersOptions,
    RecordFileOptions,
    BudgetStoreOptions,
    OtlpOptions {
  /** Whether tokens of ServiceAccounts are taken, made for `callerAudience`. */
  callerTokens?: true;
  callerAudience: string;
  namespace?: string;
  listen: Address;
  defaultNamespace?: string;
  replica: string;
  feedbackKeyFile?: string;
}

/** Questions to the API server whose tokens they are. */
const REVIEWS = { perSecond: 20, burst: 40 };

/**
 * Serves callers from what an API server holds, until SIGTERM or SIGINT.
 * @throws Error where the feedback key, the callers' file or the budget store's password cannot be read, the API server cannot be found or an address is taken.
 */
export async function serveCluster(options: GatewayOptions): Promise<void> {
  const { namespace, listen, admin, replica, defaultNamespace = namespace } = options;
  const log = createLog(options.logLevel);
  const otlp = await otlpOf(options, replica);
  const { feedbackKeyFile } = options;
  const feedbackKey = feedbackKeyFile === undefined ? undefined : await readFeedbackKey(feedbackKeyFile);
  const budgetStore = await openBudgetStore(options);
  // Tokens that callers make up must not hold up what the table is made from.
  const reviews = options.callerTokens && (await connect(options, { rate: REVIEWS }));
  const callers = await openCallers(options, log, reviews && tokenReviews(reviews, options.callerAudience));
  const transport = await connect(options);
  const source = kubernetesSource({ transport, log, ...(namespace !== undefined && { namespace }) });
  source.start();
  const gateway = await startGateway({
    source,
    log,
    listen,
    admin,
    replica,
    ...recordFileOf(options),
    ...(budgetStore && { budgetStore }),
    ...otlp,
    ...(callers && { callers }),
    ...(feedbackKey && { feedbackKey }),
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  });
  await untilStopped(async () => {
    await gateway.stop();
    await source.stop();
    callers?.stop();
    await reviews?.close();
    await transport.close();
  }, log);
}
