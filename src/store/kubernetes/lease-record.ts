import { ApiError } from './api-error.ts';
import { pathOfLeases } from './paths.ts';
import type { Transport } from './transport.ts';

export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** A `coordination.k8s.io/v1` Lease. */
export interface Lease {
  metadata: { name: string; namespace: string; resourceVersion: string };
  spec: LeaseSpec;
}

export interface LeaseRecord {
  /** The Lease; undefined where there is none. */
  read(timeoutMs: number, signal?: AbortSignal): Promise<Lease | undefined>;
  /**
   * Writes `spec` over `lease`, or creates it where there is none.
   * @throws StoreError `Conflict` where it has been written or created since
   */
  write(spec: LeaseSpec, lease: Lease | undefined, timeoutMs: number, signal?: AbortSignal): Promise<Lease>;
}

export function leaseRecord(transport: Transport, namespace: string, name: string): LeaseRecord {
  const all = pathOfLeases(namespace);
  const path = `${all}/${encodeURIComponent(name)}`;
  const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
  return {
    async read(timeoutMs, signal) {
      try {
        const lease = (await transport.request({
          method: 'GET',
          path,
          timeoutMs,
          ...(signal && { signal }),
        })) as Lease;
        return { ...lease, spec: lease.spec ?? {} };
      } catch (error) {
        if (error instanceof ApiError && error.code === 'NotFound') return undefined;
        throw error;
      }
    },
    async write(spec, lease, timeoutMs, signal) {
      const body = { ...kind, metadata: lease?.metadata ?? { name, namespace }, spec };
      const target = lease ? ({ method: 'PUT', path } as const) : ({ method: 'POST', path: all } as const);
      return (await transport.request({ ...target, body, timeoutMs, ...(signal && { signal }) })) as Lease;
    },
  };
}
