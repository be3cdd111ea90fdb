import type { Log } from '../lib/log.ts';

/** Says where a gateway is reached, and by whom. */
export function tellOfStart(
  log: Log,
  { callers, feedbackKey }: { callers?: unknown; feedbackKey?: Uint8Array },
  where: { url: string; admin: string; workers?: number },
): void {
  if (callers === undefined)
    log.info({}, 'callers are not authenticated: whoever reaches this gateway may use every release');
  if (feedbackKey === undefined)
    log.info({}, 'no feedback key was given: feedback is only taken by the replica that answered');
  log.info(where, 'the gateway listens');
}
