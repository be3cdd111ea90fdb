import { type Command, Option } from 'commander';
import { type Address, formatAddress, parseAddress } from './address.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** What every long-running command takes. */
export interface CommonOptions {
  admin: Address;
  logLevel: LogLevel;
}

/** Where callers reach a gateway. */
export const listenOption = (address: string): Option =>
  addressOption('--listen', 'SLUICE_LISTEN', 'where callers are served', address);

/** Where metrics, health and evidence are served: not for callers. */
export const adminOption = (address: string): Option =>
  addressOption('--admin', 'SLUICE_ADMIN', 'where /metrics, /healthz, /readyz and /evidence are', address);

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

function addressOption(flag: string, variable: string, text: string, address: string): Option {
  const parsed = parseAddress(address);
  return new Option(`${flag} <host:port>`, text)
    .argParser(parseAddress)
    .default(parsed, formatAddress(parsed))
    .env(variable);
}
