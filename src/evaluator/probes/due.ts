import { createHash } from 'node:crypto';
import type { Probe } from '../../api/model-provider.ts';
import { parseDuration } from '../../lib/duration.ts';

const MINUTE_MS = 60_000;
const [LEAST_MS, MOST_MS] = [MINUTE_MS, 7 * 24 * 60 * MINUTE_MS];
const DEFAULT_INTERVAL = '1h';
/** A model that fails is asked again after this, if not sooner: that it works again is soon to be seen. */
const AFTER_FAILURE_MS = 5 * MINUTE_MS;
/** By how much of the interval probes come later, at most. */
const SPREAD = 0.1;

/**
 * How long until a model is to be asked, in ms; 0 where it is due. Models are spread by what the last probe was, so that whoever
 * works that out again comes to the same.
 */
export function dueInMs(before: Probe | undefined, interval: string | undefined, now: Date): number {
  if (before === undefined) return 0;
  const ago = now.getTime() - Date.parse(before.lastProbeAt);
  // Where the clock went back it is due: that costs a probe, and waiting might take for ever.
  if (!(ago >= 0)) return 0;
  const everyMs = Math.min(MOST_MS, Math.max(LEAST_MS, parseDuration(interval ?? DEFAULT_INTERVAL)));
  const pauseMs = before.result === 'Fails' ? Math.min(everyMs, AFTER_FAILURE_MS) : everyMs;
  return Math.max(0, pauseMs * (1 + SPREAD * placeOf(before)) - ago);
}

/** From 0 to below 1. */
function placeOf({ model, lastProbeAt }: Probe): number {
  const hash = createHash('sha256').update(`${model} ${lastProbeAt}`).digest();
  return hash.readUInt32BE(0) / 2 ** 32;
}
