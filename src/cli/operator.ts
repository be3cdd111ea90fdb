import { Command, InvalidArgumentError, Option } from 'commander';
import { parseName } from './address.ts';
import type { OperatorOptions } from './cluster-operator.ts';
import {
  addClusterOptions,
  addLeaseOptions,
  addPrometheusOptions,
  adminOption,
  logLevelOption,
  onlyNamespaceOption,
} from './options.ts';
import { UsageError } from './usage-error.ts';

const HELP = `
The operator reads from every gateway what each revision answered, compares, and writes the result to status.
Of several operators one leads, by a Lease; the others wait.

Examples:
  $ sluice operator --gateway-service sluice-system/sluice-gateway         # in a pod
  $ sluice operator --kubeconfig ~/.kube/config --no-leader-elect --gateway http://127.0.0.1:9090
`;

/** `sluice operator`: the controllers, over an API server. */
export function operatorCommand(): Command {
  const command = new Command('operator')
    .summary('roll out the releases of a cluster')
    .description('Moves traffic to new revisions step by step, and takes it back from those that are worse.');
  addClusterOptions(command)
    .addOption(onlyNamespaceOption())
    .option('--gateway <url>', 'admin URL of a gateway; may be given several times', addUrl, [])
    .addOption(
      new Option(
        '--gateway-service <namespace/name>',
        "Service whose endpoints are the gateways' admin ports",
      )
        .argParser(parseService)
        .env('SLUICE_GATEWAY_SERVICE'),
    );
  addLeaseOptions(command, 'operator');
  return addPrometheusOptions(command)
    .addOption(adminOption(':9091'))
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

function addUrl(text: string, before: string[]): string[] {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('write it as http://HOST:PORT.');
  }
  return [...before, url.origin];
}

function parseService(text: string): { namespace: string; name: string } {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (name === '' || more.length > 0) throw new InvalidArgumentError('write it as NAMESPACE/NAME.');
  return { namespace: parseName(namespace), name: parseName(name) };
}
