import { Command } from 'commander';
import type { OperatorOptions } from './cluster-operator.ts';
import {
  addClusterOptions,
  addLeaseOptions,
  addPrometheusOptions,
  adminOption,
  logLevelOption,
  onlyNamespaceOption,
} from './options.ts';
import { addReplicaOptions } from './replicas.ts';
import { UsageError } from './usage-error.ts';

const HELP = `
The operator reads from every gateway what each revision answered, and from the evaluator what answers scored, compares,
and writes the result to status.
Of several operators one leads, by a Lease; the others wait.

Examples:
  $ sluice operator --gateway-service sluice-system/sluice-gateway-admin   # in a pod
  $ sluice operator --kubeconfig ~/.kube/config --no-leader-elect --gateway http://127.0.0.1:9090
`;

/** `sluice operator`: the controllers, over an API server. */
export function operatorCommand(): Command {
  const command = new Command('operator')
    .summary('roll out the releases of a cluster')
    .description('Moves traffic to new revisions step by step, and takes it back from those that are worse.');
  addClusterOptions(command).addOption(onlyNamespaceOption());
  addReplicaOptions(addReplicaOptions(command, 'gateway'), 'evaluator');
  addLeaseOptions(command, 'operator');
  return addPrometheusOptions(command)
    .addOption(adminOption(':9091', { evidence: false }))
    .addOption(logLevelOption())
    .addHelpText('after', HELP)
    .action(async (options: OperatorOptions) => {
      if (options.gateway.length === 0 && options.gatewayService === undefined) {
        throw new UsageError(
          'say where the gateways are: --gateway URL, or --gateway-service NAMESPACE/NAME',
        );
      }
      const { operateCluster } = await import('./cluster-operator.ts');
      await operateCluster(options);
    });
}
