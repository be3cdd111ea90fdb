import { Command } from 'commander';
import type { EvaluatorProcessOptions } from './cluster-evaluator.ts';
import {
  addClusterOptions,
  addLeaseOptions,
  adminOption,
  logLevelOption,
  onlyNamespaceOption,
} from './options.ts';
import { addReplicaOptions } from './replicas.ts';

const HELP = `
The evaluator asks the suites that releases name as gates, on the candidate and on stable, and writes what came out
into the suite's status. A release waits for that before its candidate serves one call. It runs suites on schedule, and
scores answers to live calls that it takes from the gateways, which it has to be told of for that.
Of several evaluators one leads, by a Lease; the others wait.

Examples:
  $ sluice evaluator --gateway-service sluice-system/sluice-gateway-admin  # in a pod
  $ sluice evaluator --kubeconfig ~/.kube/config --lease-namespace support
`;

/** `sluice evaluator`: runs EvalSuites, over an API server. */
export function evaluatorCommand(): Command {
  const command = new Command('evaluator')
    .summary('run the eval suites of a cluster')
    .description('Holds candidates against eval suites, before they serve and while they do.');
  addClusterOptions(command).addOption(onlyNamespaceOption());
  addReplicaOptions(command, 'gateway');
  return addLeaseOptions(command, 'evaluator')
    .addOption(adminOption(':9092'))
    .addOption(logLevelOption())
    .addHelpText('after', HELP)
    .action(async (options: EvaluatorProcessOptions) => {
      const { evaluateCluster } = await import('./cluster-evaluator.ts');
      await evaluateCluster(options);
    });
}
