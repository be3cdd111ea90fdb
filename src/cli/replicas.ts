import { type Command, InvalidArgumentError, Option } from 'commander';
import { serviceEndpoints } from '../store/kubernetes/endpoints.ts';
import type { Transport } from '../store/kubernetes/transport.ts';
import { parseName } from './address.ts';

type ServiceName = { namespace: string; name: string };

/** Where the replicas of the gateway are. */
export interface GatewayReplicas {
  /** Admin URLs. */
  gateway: string[];
  gatewayService?: ServiceName;
}

/** Where the replicas of the evaluator are. */
export interface EvaluatorReplicas {
  /** Admin URLs. */
  evaluator: string[];
  evaluatorService?: ServiceName;
}

/** Where the replicas of another program are: URLs, or a Service. */
export function addReplicaOptions(command: Command, program: 'gateway' | 'evaluator'): Command {
  const article = program === 'gateway' ? 'a' : 'an';
  return command
    .option(
      `--${program} <url>`,
      `admin URL of ${article} ${program}; may be given several times`,
      addUrl,
      [],
    )
    .addOption(
      new Option(
        `--${program}-service <namespace/name>`,
        `Service whose endpoints are the ${program}s' admin ports`,
      )
        .argParser(parseService)
        .env(`SLUICE_${program.toUpperCase()}_SERVICE`),
    );
}

/** Admin URLs of the replicas that are ready now. */
export function replicaUrls(
  urls: readonly string[],
  service: ServiceName | undefined,
  transport: Transport,
): () => Promise<string[]> {
  if (service === undefined) return async () => [...urls];
  const found = serviceEndpoints({ transport, namespace: service.namespace, service: service.name });
  return async () => [...urls, ...(await found()).map(({ url }) => url)];
}

function addUrl(text: string, before: string[]): string[] {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('write it as http://HOST:PORT.');
  }
  return [...before, url.origin];
}

function parseService(text: string): ServiceName {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (name === '' || more.length > 0) throw new InvalidArgumentError('write it as NAMESPACE/NAME.');
  return { namespace: parseName(namespace), name: parseName(name) };
}
