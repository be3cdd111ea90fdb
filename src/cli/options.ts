import { type Command, Option } from 'commander';
import { type Address, formatAddress, parseAddress, parseName } from './address.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** What every long-running command takes. */
export interface CommonOptions {
  admin: Address;
  logLevel: LogLevel;
}

/** Where callers reach a gateway. */
export const listenOption = (address: string): Option =>
  addressOption('--listen', 'SLUICE_LISTEN', 'where callers are served', address);

/** Where metrics, health and, unless it has none, evidence are served: not for callers. */
export const adminOption = (address: string, { evidence = true } = {}): Option => {
  const paths = evidence ? '/metrics, /healthz, /readyz and /evidence' : '/metrics, /healthz and /readyz';
  return addressOption('--admin', 'SLUICE_ADMIN', `where ${paths} are`, address);
};

export const logLevelOption = (): Option =>
  new Option('--log-level <level>', 'least level that is logged, on standard error')
    .choices(LOG_LEVELS)
    .default('info' satisfies LogLevel)
    .env('SLUICE_LOG_LEVEL');

/** Which API server is spoken to. */
export function addClusterOptions(command: Command): Command {
  return command
    .option(
      '--kubeconfig <file>',
      "the API server to speak to; omitted: $KUBECONFIG, the pod's own, else ~/.kube/config",
    )
    .option('--context <name>', 'context of the kubeconfig; omitted: its current one');
}

/** The namespace that a program of the cluster keeps to. */
export const onlyNamespaceOption = (): Option =>
  new Option('--namespace <name>', 'namespace to look after; omitted: all')
    .argParser(parseName)
    .env('SLUICE_NAMESPACE');

/** The namespace of what names none in a folder. */
export const folderNamespaceOption = (): Option =>
  new Option('--namespace <name>', 'namespace of objects that name none')
    .argParser(parseName)
    .default('default')
    .env('SLUICE_NAMESPACE');

/** Which of several processes leads. */
export interface LeaseOptions {
  leaseNamespace?: string;
  leaseName: string;
  leaderElect: boolean;
}

/** By which Lease `program` leads, where it has to. */
export function addLeaseOptions(command: Command, program: string): Command {
  return command
    .addOption(
      new Option('--lease-namespace <name>', "namespace of the Lease; omitted: the pod's own")
        .argParser(parseName)
        .env('POD_NAMESPACE'),
    )
    .addOption(
      new Option('--lease-name <name>', 'name of the Lease')
        .argParser(parseName)
        .default(`sluice-${program}`),
    )
    .option('--no-leader-elect', `lead without a Lease: only where no other ${program} runs`);
}

/** Where the metrics of guardrails of the users' own are read. */
export interface PrometheusOptions {
  prometheus?: string;
  prometheusTokenFile?: string;
}

/** Which Prometheus guardrails of the users' own may ask. */
export function addPrometheusOptions(command: Command): Command {
  return command
    .addOption(
      // Its value is checked later: commander would repeat one that it refuses, with the credentials in it.
      new Option('--prometheus <url>', 'Prometheus whose metrics guardrails may ask for').env(
        'SLUICE_PROMETHEUS',
      ),
    )
    .addOption(
      new Option(
        '--prometheus-token-file <file>',
        'file with a bearer token for it; read anew when it changes',
      ).env('SLUICE_PROMETHEUS_TOKEN_FILE'),
    );
}

function addressOption(flag: string, variable: string, text: string, address: string): Option {
  const parsed = parseAddress(address);
  return new Option(`${flag} <host:port>`, text)
    .argParser(parseAddress)
    .default(parsed, formatAddress(parsed))
    .env(variable);
}
