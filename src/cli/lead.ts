import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Log } from '../lib/log.ts';
import { electLeader, type LeaderElection } from '../store/kubernetes/lease.ts';
import type { Transport } from '../store/kubernetes/transport.ts';
import type { LeaseOptions } from './options.ts';

export interface LeadOptions {
  transport: Transport;
  log: Log;
  /** A term of this program must be higher than this. */
  leastEpoch: () => number;
  onLeading: () => void;
  onLost: (why: Error) => void;
}

/** Stands for election by the Lease that the options name. Without one it leads: `onLeading` is then the caller's to call. */
export function lead(
  { leaderElect, leaseNamespace, leaseName }: LeaseOptions,
  { transport, log, leastEpoch, onLeading, onLost }: LeadOptions,
): Pick<LeaderElection, 'leads' | 'epoch' | 'stop'> {
  if (!leaderElect) {
    const epoch = leastEpoch() + 1;
    return { leads: () => true, epoch: () => epoch, stop: async () => {} };
  }
  return electLeader({
    transport,
    log,
    namespace: leaseNamespace ?? transport.namespace,
    name: leaseName,
    identity: `${hostname()}_${randomUUID()}`,
    leastEpoch,
    onLeading,
    onLost: (why) => onLost(new Error(`stopped leading: ${why}`)),
  });
}
