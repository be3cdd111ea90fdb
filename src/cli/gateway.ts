import cluster from 'node:cluster';
import { availableParallelism, hostname } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseName } from './address.ts';
import { addBudgetStoreOptions } from './budget-store.ts';
import { addCallersFileOption } from './callers.ts';
import type { GatewayOptions } from './cluster-gateway.ts';
import { addClusterOptions, adminOption, listenOption, logLevelOption } from './options.ts';
import { addOtlpOptions } from './otlp.ts';
import { addRecordFileOptions } from './record-file.ts';

const HELP = `
The gateway only reads from the API server; with that away it serves what it knew last.
On SIGTERM it turns not ready, finishes the calls under way, and ends.
With several workers one more process watches over them, writes their records, and answers on the admin port for all.

Examples:
  $ sluice gateway                                   # in a pod
  $ sluice gateway --kubeconfig ~/.kube/config --namespace support --listen 127.0.0.1:8080
  $ curl localhost:8080/v1/chat/completions -H 'content-type: application/json' \\
      -d '{"model": "support/support-triage", "messages": [{"role": "user", "content": "Hello"}]}'
`;

/** `sluice gateway`: serves callers from what the API server holds. */
export function gatewayCommand(): Command {
  const command = new Command('gateway')
    .summary('serve callers, from the resources of a cluster')
    .description('Serves OpenAI-compatible calls at the weights that the resources in the cluster say.');
  addOtlpOptions(addRecordFileOptions(addCallersFileOption(command)))
    .option('--caller-tokens', 'take tokens of ServiceAccounts, each for the releases of its own namespace')
    .addOption(
      new Option('--caller-audience <name>', 'what those tokens must have been made for').default('sluice'),
    );
  return addClusterOptions(addBudgetStoreOptions(command))
    .addOption(
      new Option('--namespace <name>', 'namespace to serve; omitted: all')
        .argParser(parseName)
        .env('SLUICE_NAMESPACE'),
    )
    .addOption(
      new Option('--default-namespace <name>', 'where a model that names no namespace is looked for')
        .argParser(parseName)
        .env('SLUICE_DEFAULT_NAMESPACE'),
    )
    .addOption(
      new Option('--replica <name>', 'name of this replica in evidence and records')
        .default(hostname(), "the host's name")
        .env('HOSTNAME'),
    )
    .addOption(
      new Option(
        '--feedback-key-file <file>',
        'key of 32 bytes or more, the same for all replicas, that calls are signed with for /v1/feedback; omitted: drawn at each start',
      ).env('SLUICE_FEEDBACK_KEY_FILE'),
    )
    .addOption(
      new Option(
        '--workers <number>',
        'how many processes serve callers, on one port; auto: one for each processor',
      )
        .argParser(parseWorkers)
        .default(1)
        .env('SLUICE_WORKERS'),
    )
    .addOption(listenOption(':8080'))
    .addOption(adminOption(':9090'))
    .addOption(logLevelOption())
    .addHelpText('after', HELP)
    .action(async ({ workers, ...options }: GatewayOptions & { workers: number }) => {
      if (workers === 1) {
        const { serveCluster } = await import('./cluster-gateway.ts');
        return serveCluster(options);
      }
      if (cluster.isWorker) {
        const { serveWorker } = await import('./gateway-worker.ts');
        return serveWorker(options);
      }
      const { servePrimary } = await import('./gateway-primary.ts');
      return servePrimary(options, workers);
    });
}

/** More would be a mistake: each has a table, caches and a watch of its own. */
const MOST_WORKERS = 64;

/** Reads `2`, or `auto` (or 0) for one a processor that this process may use. @throws InvalidArgumentError for anything else. */
function parseWorkers(text: string): number {
  if (text === 'auto' || text === '0') return Math.min(MOST_WORKERS, availableParallelism());
  const workers = Number(text);
  if (/^[0-9]{1,2}$/.test(text) && workers >= 1 && workers <= MOST_WORKERS) return workers;
  throw new InvalidArgumentError(`give a number from 1 to ${MOST_WORKERS}, or auto.`);
}
