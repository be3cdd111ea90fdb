import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import { ApiError } from './api-error.ts';
import { type Lease, type LeaseSpec, leaseRecord } from './lease-record.ts';
import { microTime } from './micro-time.ts';
import type { Transport } from './transport.ts';

export interface LeaderElectionOptions {
  transport: Transport;
  namespace: string;
  /** Name of the Lease. */
  name: string;
  /** Tells this process from every other, also from its own earlier lives. */
  identity: string;
  /** Called once when this process begins to lead. */
  onLeading: () => void;
  /** Called once when it leads no more, but not after `stop`. The process should exit: work may be under way. */
  onLost: (why: string) => void;
  /** How long the lease stands without being renewed. Default 15 s, as client-go. */
  durationMs?: number;
  /** How long a renewal may take to come through before the leader gives up. Default 10 s. */
  renewDeadlineMs?: number;
  /** Time between tries. Default 2 s. */
  retryMs?: number;
  /** An epoch below which this leader must not begin, such as one found in a status after the Lease was deleted. */
  leastEpoch?: () => number;
  log?: Log;
  timers?: Timers;
  /** Wall clock, in ms. */
  wallClock?: () => number;
  random?: () => number;
}

export interface LeaderElection {
  /** Whether this process leads for certain, now: by the clock, not by what it last heard. Ask before each write. */
  leads(): boolean;
  /** Term of this leader: `leaseTransitions`, higher with each take-over. 0 before the first. */
  epoch(): number;
  /** Gives the lease up, if held, so that another need not wait, and ends. */
  stop(): Promise<void>;
}

/** The lease as this process last wrote it, and when by both clocks. */
interface Held {
  lease: Lease;
  renewedAt: number;
  renewedAtWall: number;
}

/**
 * Leads while it holds a Lease, as client-go's leaderelection does: a lease is judged expired by this process's own
 * clock since it last saw the record change, never by the times in it; and each write of it is guarded.
 */
export function electLeader(options: LeaderElectionOptions): LeaderElection {
  const { transport, identity, onLeading, onLost, leastEpoch = () => 0 } = options;
  const { durationMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000 } = options;
  const { log = silentLog, timers = systemTimers, wallClock = Date.now, random = Math.random } = options;
  const stopping = new AbortController();
  const record = leaseRecord(transport, options.namespace, options.name);
  let held: Held | undefined;
  let seen: { spec: string; at: number } | undefined;
  let epoch = 0;

  const specNow = (acquired?: LeaseSpec): LeaseSpec => {
    const now = microTime(new Date(wallClock()));
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: acquired?.acquireTime ?? now,
      renewTime: now,
      leaseTransitions: acquired?.leaseTransitions ?? 0,
    };
  };

  /** Writes `spec`; the lease is held from before the request left, which is the earliest that others may count from. */
  const hold = async (spec: LeaseSpec, lease: Lease | undefined, timeoutMs: number): Promise<void> => {
    const [renewedAt, renewedAtWall] = [timers.now(), wallClock()];
    const written = await record.write(spec, lease, timeoutMs, stopping.signal);
    held = { lease: written, renewedAt, renewedAtWall };
  };

  /** Time since the lease was renewed by the clock that shows more: one stands still in a suspended machine. */
  const sinceRenewal = ({ renewedAt, renewedAtWall }: Held): number =>
    Math.max(timers.now() - renewedAt, wallClock() - renewedAtWall);

  /** Whether the lease could be taken. */
  const tryToAcquire = async (): Promise<boolean> => {
    const lease = await record.read(retryMs * 2, stopping.signal);
    const spec = lease?.spec ?? {};
    const text = JSON.stringify(spec);
    if (seen?.spec !== text) seen = { spec: text, at: timers.now() };
    const standsMs = (spec.leaseDurationSeconds ?? 0) * 1000;
    if (spec.holderIdentity && timers.now() - seen.at < standsMs) return false;
    const leaseTransitions = Math.max(spec.leaseTransitions ?? 0, leastEpoch()) + 1;
    await hold({ ...specNow(), leaseTransitions }, lease, retryMs * 2);
    epoch = leaseTransitions;
    return true;
  };

  const acquire = async (): Promise<boolean> => {
    while (!stopping.signal.aborted) {
      try {
        if (await tryToAcquire()) return true;
      } catch (error) {
        const isRace = error instanceof ApiError && error.code === 'Conflict';
        if (!isRace && !stopping.signal.aborted) {
          log.warn({ lease: options.name, error: messageOf(error) }, 'the lease cannot be read or written');
        }
      }
      // Spread out, so that candidates do not try in step.
      await pause(retryMs * (1 + 0.2 * random()), timers, stopping.signal);
    }
    return false;
  };

  /** Renews once; returns why the lease is lost, if it is for certain. */
  const renew = async (current: Held, timeoutMs: number): Promise<string | undefined> => {
    try {
      await hold(specNow(current.lease.spec), current.lease, timeoutMs);
    } catch (error) {
      const isNotFound = error instanceof ApiError && error.code === 'NotFound';
      const isConflict = error instanceof ApiError && error.code === 'Conflict';
      if (!isConflict && !isNotFound) throw error;
      const lease = await record.read(timeoutMs, stopping.signal);
      if (!lease) return 'the Lease was deleted';
      if (lease.spec.holderIdentity !== identity || lease.spec.leaseTransitions !== epoch) {
        return `${lease.spec.holderIdentity || 'nobody'} holds it now`;
      }
      // Somebody annotated the Lease, or a renewal was taken though its answer was lost.
      held = { ...current, lease };
    }
    return undefined;
  };

  /** Renews until it cannot; returns why. */
  const renewUntilLost = async (): Promise<string | undefined> => {
    while (held) {
      await pause(retryMs, timers, stopping.signal);
      if (stopping.signal.aborted) return undefined;
      // By the monotonic clock only: a wall clock that was set must not depose a leader.
      const left = renewDeadlineMs - (timers.now() - held.renewedAt);
      if (left <= 0) return `it was not renewed within ${renewDeadlineMs / 1000} s`;
      try {
        // At most half of it, so that one connection that hangs leaves time for another try.
        const why = await renew(held, Math.min(left, renewDeadlineMs / 2));
        if (why) return why;
      } catch (error) {
        if (stopping.signal.aborted) return undefined;
        log.warn(
          { lease: options.name, error: messageOf(error) },
          'the lease could not be renewed, trying again',
        );
      }
    }
    return undefined;
  };

  const run = async (): Promise<void> => {
    if (!(await acquire())) return;
    log.info({ lease: options.name, identity, epoch }, 'leading');
    onLeading();
    const why = await renewUntilLost();
    held = undefined;
    if (why) onLost(why);
  };
  const running = run();

  return {
    leads: () => held !== undefined && !stopping.signal.aborted && sinceRenewal(held) < renewDeadlineMs,
    epoch: () => epoch,
    async stop() {
      stopping.abort();
      await running;
      held = undefined;
      try {
        // Read anew: a renewal that was cut off may have been taken.
        const lease = await record.read(retryMs);
        if (lease?.spec.holderIdentity !== identity) return;
        const renewTime = microTime(new Date(wallClock()));
        await record.write(
          { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime },
          lease,
          retryMs,
        );
      } catch (error) {
        log.info(
          { lease: options.name, error: messageOf(error) },
          'the lease was not given up and will expire',
        );
      }
    },
  };
}
