import { isIPv6 } from 'node:net';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { systemTimers, type Timers } from '../../lib/timers.ts';
import { listAll } from './list.ts';
import { pathOfEndpointSlices } from './paths.ts';
import type { RawObject } from './raw-object.ts';
import type { Transport } from './transport.ts';

/** A ready replica behind a Service. */
export interface Endpoint {
  /** Name of the pod; the address where no pod is named. */
  name: string;
  /** `http://address:port`. */
  url: string;
}

export interface ServiceEndpointsOptions {
  transport: Transport;
  namespace: string;
  service: string;
  /** Name of the port. Default `admin`. */
  port?: string;
  /** How long a list may be used. Default 5 s. */
  maxAgeMs?: number;
  log?: Log;
  timers?: Timers;
}

/** An EndpointSlice, as far as it is read here. */
interface Slice extends RawObject {
  endpoints?: {
    addresses?: string[];
    conditions?: { ready?: boolean };
    targetRef?: { kind?: string; name?: string };
  }[];
  ports?: { name?: string; port?: number }[];
}

/**
 * The ready replicas of a Service, listed when asked for and at most every `maxAgeMs`: nothing is requested while
 * nobody asks. While the API server is away the last list stands. The promise rejects only where there is none yet.
 */
export function serviceEndpoints(options: ServiceEndpointsOptions): () => Promise<readonly Endpoint[]> {
  const { transport, namespace, service, port = 'admin', maxAgeMs = 5_000 } = options;
  const { log = silentLog, timers = systemTimers } = options;
  let last: { endpoints: readonly Endpoint[]; at: number } | undefined;
  let asking: Promise<readonly Endpoint[]> | undefined;

  const ask = async (): Promise<readonly Endpoint[]> => {
    try {
      const labelSelector = `kubernetes.io/service-name=${service}`;
      const { items } = await listAll(transport, pathOfEndpointSlices(namespace), { labelSelector });
      last = { endpoints: endpointsOf(items as Slice[], port), at: timers.now() };
    } catch (error) {
      if (!last) throw error;
      log.warn(
        { service, error: messageOf(error) },
        'endpoints cannot be listed, going on with the last ones',
      );
      // Not asked again before the next is due.
      last = { ...last, at: timers.now() };
    }
    return last.endpoints;
  };

  return () => {
    if (last && timers.now() - last.at < maxAgeMs) return Promise.resolve(last.endpoints);
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

function endpointsOf(slices: Slice[], portName: string): Endpoint[] {
  const byName = new Map<string, Endpoint>();
  for (const { endpoints = [], ports = [] } of slices) {
    const port = ports.find(({ name }) => name === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses = [], conditions, targetRef } of endpoints) {
      const [address] = addresses;
      // Unknown readiness counts as ready, as the API says it should.
      if (!address || conditions?.ready === false) continue;
      const name = targetRef?.name ?? address;
      // A pod of two address families is in two slices; one of them will do.
      if (byName.has(name)) continue;
      byName.set(name, { name, url: `http://${isIPv6(address) ? `[${address}]` : address}:${port}` });
    }
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
