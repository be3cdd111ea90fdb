import { type Gateway, startGateway } from '../gateway/gateway.ts';
import type { GatewayOptions as ServedOptions } from '../gateway/gateway-options.ts';
import type { Log } from '../lib/log.ts';
import { kubernetesSource } from '../store/kubernetes/source.ts';
import { tokenReviews } from '../store/kubernetes/token-review.ts';
import type { Address } from './address.ts';
import { type BudgetStoreOptions, openBudgetStore } from './budget-store.ts';
import { type CallersOptions, openCallers } from './callers.ts';
import { type ClusterOptions, connect } from './cluster.ts';
import { type FeedbackKeyOptions, feedbackKeyOf } from './feedback-key.ts';
import { untilStopped } from './lifetime.ts';
import { createLog } from './log.ts';
import type { CommonOptions } from './options.ts';
import { type OtlpOptions, otlpOf } from './otlp.ts';
import { type RecordFileOptions, recordFileOf } from './record-file.ts';

export interface GatewayOptions
  extends CommonOptions,
    FeedbackKeyOptions,
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
}

/** Questions to the API server whose tokens they are. */
const REVIEWS = { perSecond: 20, burst: 40 };

/** A gateway that serves, and how to stop it with all that it stands on. */
export interface ServingGateway {
  gateway: Gateway;
  stop(graceMs?: number): Promise<void>;
}

/** Serves callers from what an API server holds, until SIGTERM or SIGINT. Throws as `startServing`. */
export async function serveCluster(options: GatewayOptions): Promise<void> {
  const log = createLog(options.logLevel);
  const feedbackKey = await feedbackKeyOf(options);
  const { admin, replica } = options;
  const own = { admin, replica, ...recordFileOf(options), ...(feedbackKey && { feedbackKey }) };
  const { stop } = await startServing(options, log, own);
  await untilStopped(stop, log);
}

/**
 * Begins to serve callers from what an API server holds.
 * @param own what this process does in its own way
 * @param worker its number, where it is one of several
 * @throws Error where the callers' file or the budget store's password cannot be read, the API server cannot be found or an address is taken.
 */
export async function startServing(
  options: GatewayOptions,
  log: Log,
  own: Omit<ServedOptions, 'source' | 'listen'> & Partial<Pick<ServedOptions, 'listen'>>,
  worker?: number,
): Promise<ServingGateway> {
  const { namespace, listen, defaultNamespace = namespace } = options;
  const otlp = await otlpOf(options, options.replica, process.env, worker);
  // Tokens that callers make up must not hold up what the table is made from.
  const reviews = options.callerTokens && (await connect(options, { rate: REVIEWS }));
  const callers = await openCallers(options, log, reviews && tokenReviews(reviews, options.callerAudience));
  const transport = await connect(options);
  const budgetStore = await openBudgetStore(options);
  const source = kubernetesSource({ transport, log, ...(namespace !== undefined && { namespace }) });
  source.start();
  const release = async () => {
    await source.stop();
    callers?.stop();
    await reviews?.close();
    await transport.close();
  };
  const gateway = await startGateway({
    source,
    log,
    listen,
    ...own,
    ...(budgetStore && { budgetStore }),
    ...otlp,
    ...(callers && { callers }),
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  }).catch(async (error: unknown) => {
    // What watches, or tries to connect, would keep the process.
    await Promise.all([release(), budgetStore?.close()]);
    throw error;
  });
  return {
    gateway,
    async stop(graceMs) {
      await gateway.stop(graceMs);
      await release();
    },
  };
}
