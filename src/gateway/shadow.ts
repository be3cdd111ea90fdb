import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../lib/log.ts';
import type { Allowance } from './budgets/allowance.ts';
import type { Budgets } from './budgets/budgets.ts';
import type { Within } from './budgets/within.ts';
import type { Call } from './call.ts';
import { chargeOf } from './charge.ts';
import { cancelling, type Deadline } from './deadline.ts';
import { type Copy, copiesOf, type Draw } from './draw.ts';
import type { EvidenceBook } from './evidence.ts';
import type { GatewayMetrics } from './metrics.ts';
import { isPrivacyRefusal } from './privacy/guard.ts';
import { receive } from './receive.ts';
import type { CallRecord, RecordSink } from './record.ts';
import { recordedOf } from './recorded.ts';
import type { Sampler } from './samples/sampler.ts';
import { type TryOptions, tryBackends } from './tries.ts';

export interface ShadowDeps extends TryOptions {
  book: EvidenceBook;
  metrics: GatewayMetrics;
  records: RecordSink;
  /** Keeps the answer for suites to score, where it is drawn. */
  sample: Sampler['offer'];
  budgets: Pick<Budgets, 'allowCopy'>;
  now: () => Date;
}

export interface Shadows {
  /**
   * Sends copies of a call that has been answered to the candidates in shadow of the releases that took part. Returns at
   * once and never throws. What comes of a copy is charged to its candidate, and to nobody else.
   */
  copy(call: Call, drawn: Draw): void;
  /** Sends no more, lets those under way finish for `graceMs`, and breaks off the rest. */
  stop(graceMs: number): Promise<void>;
}

/** Copies under way at most. A candidate that hangs must not cost the gateway its memory and connections. */
export const MOST_COPIES = 64;

export function shadows(deps: ShadowDeps): Shadows {
  /** Of each copy under way, how it is broken off. */
  const underWay = new Map<Promise<void>, () => void>();
  let stopped = false;

  const start = (call: Call, copy: Copy): void => {
    const { entry, revision } = copy;
    const allowance = staysBehind(call)
      ? 'it stays behind'
      : underWay.size >= MOST_COPIES
        ? 'too many'
        : deps.budgets.allowCopy(copy.draw);
    if (typeof allowance === 'string') {
      const { kind, namespace, name } = entry;
      return deps.metrics.skipped({ kind, namespace, release: name, revision });
    }
    const { follow, cancel } = cancelling();
    const running = send(deps, call, copy, allowance, follow)
      .catch((error: unknown) => {
        // Another route than the caller's may let less leave.
        if (!isPrivacyRefusal(error)) deps.log.error({ error: messageOf(error) }, 'a copy of a call failed');
      })
      .finally(() => underWay.delete(running));
    underWay.set(running, cancel);
  };

  return {
    copy(call, drawn) {
      if (stopped) return;
      for (const copy of copiesOf(drawn, call.key)) start(call, copy);
    },
    async stop(graceMs) {
      stopped = true;
      const all = Promise.all(underWay.keys());
      await Promise.race([all, wait(graceMs, undefined, { ref: false })]);
      for (const breakOff of underWay.values()) breakOff();
      await all;
    },
  };
}

/**
 * Whether the provider would put a copy, and what the candidate says to it, into the conversation that it keeps for the caller,
 * whose next turn would go on from both.
 */
const staysBehind = ({ body }: Call): boolean => body.conversation != null;

/** One copy: tried as a call is, read to its end, charged to the candidate and recorded. */
async function send(
  deps: ShadowDeps,
  call: Call,
  copy: Copy,
  allowance: Allowance | undefined,
  onDeadline: (clock: Deadline) => void,
): Promise<void> {
  // The answer to the caller goes out first.
  await new Promise((resolve) => setImmediate(resolve));
  let record: CallRecord | undefined;
  try {
    record = await sendAllowed(deps, call, copy, allowance?.within.admit, onDeadline);
  } finally {
    allowance?.settle(record);
  }
}

/** What came of a copy; undefined where it was broken off, or nobody was asked since it would cost too much. */
async function sendAllowed(
  deps: ShadowDeps,
  call: Call,
  { entry, revision, draw }: Copy,
  admit: Within['admit'],
  onDeadline: (clock: Deadline) => void,
): Promise<CallRecord | undefined> {
  const [begun, at] = [performance.now(), deps.now()];
  // Nobody waits for a copy: what a caller may be kept waiting does not limit it.
  const tried = await tryBackends(deps, draw, call, onDeadline, admit && { admit });
  if (tried.last.kind === 'failure' && tried.last.over !== undefined) return undefined;
  const came = await receive(tried.last);
  // Nobody but the end of the gateway breaks a copy off.
  if (came.outcome === 'client_cancelled') return undefined;
  if (!tried.unjudged.includes(entry)) {
    deps.book.charge(entry, revision, chargeOf(tried, came, begun));
    deps.sample({ call, parts: [{ entry, revision }], tried, came, begun });
  }
  const record = {
    id: call.id,
    at,
    entry,
    revision,
    arm: 'shadow' as const,
    ...recordedOf(tried, came, begun),
    latencyMs: came.endedAt - begun,
    degraded: false,
    tries: tried.tries,
  };
  deps.records.write(record);
  deps.metrics.copied(record);
  return record;
}
