import { type Log, messageOf, silentLog } from '../lib/log.ts';
import { keyQueue, type QueueOptions } from '../lib/queue.ts';
import { StoreError } from '../store/store.ts';

/** What a reconcile throws when trying again would not help: it is logged, and the key waits for its next change. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export type ReconcileResult = 'success' | 'requeue' | 'error' | 'terminal';

export interface ControllerOptions {
  /** Names the controller in logs and metrics. */
  name: string;
  /**
   * Brings what `key` names one pass closer to what is asked for; says when to look again if nothing changes before.
   * Never runs twice at a time for one key. What it throws brings it back after a growing delay.
   */
  reconcile: (key: string) => Promise<{ requeueAfterMs?: number }>;
  queue?: QueueOptions;
  log?: Log;
  /** Called after each pass. */
  onPass?: (pass: { name: string; key: string; result: ReconcileResult; ms: number }) => void;
}

export interface Controller {
  /** Asks for a pass, at once or in `afterMs`. */
  enqueue(key: string, afterMs?: number): void;
  /** Whether no pass runs or is due now. */
  idle(): boolean;
  /** Keys whose pass is due and has not begun. */
  depth(): number;
  /** Begins no further pass; resolves when those that run have ended. */
  stop(): Promise<void>;
}

/** Runs `reconcile` for each key that is enqueued. (controller-runtime's Reconcile.) */
export function runController(options: ControllerOptions): Controller {
  const { name, reconcile, log = silentLog, onPass } = options;
  const now = options.queue?.timers?.now ?? (() => performance.now());

  const queue = keyQueue(async (key) => {
    const begun = now();
    const result = await pass(key);
    try {
      onPass?.({ name, key, result, ms: now() - begun });
    } catch (error) {
      log.error({ controller: name, error: messageOf(error) }, 'a metrics hook failed');
    }
  }, options.queue);

  const pass = async (key: string): Promise<ReconcileResult> => {
    try {
      const { requeueAfterMs } = await reconcile(key);
      queue.forget(key);
      if (requeueAfterMs === undefined) return 'success';
      queue.addAfter(key, requeueAfterMs);
      return 'requeue';
    } catch (error) {
      const fields = { controller: name, key, error: messageOf(error) };
      if (error instanceof TerminalError) {
        queue.forget(key);
        log.error(fields, 'reconcile failed and is not tried again until something changes');
        return 'terminal';
      }
      queue.retry(key, error instanceof StoreError ? error.retryAfterMs : undefined);
      // Two writers met, which is how optimistic locking is meant to work: not worth a warning.
      if (error instanceof StoreError && error.code === 'Conflict')
        log.debug(fields, 'reconcile met a newer object');
      else log.warn(fields, 'reconcile failed and will be tried again');
      return 'error';
    }
  };

  return {
    enqueue: (key, afterMs) => (afterMs === undefined ? queue.add(key) : queue.addAfter(key, afterMs)),
    idle: queue.idle,
    depth: queue.depth,
    stop: queue.stop,
  };
}
