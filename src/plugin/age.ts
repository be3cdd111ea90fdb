import { formatDuration } from '../lib/duration.ts';

/** How long ago, in the largest unit, as kubectl has it: `3d`, `12m`; empty where that is not known. */
export function age(timestamp: string | undefined, now: Date): string {
  const at = Date.parse(timestamp ?? '');
  if (Number.isNaN(at)) return '';
  return /^\d+\D+/.exec(formatDuration(now.getTime() - at))?.[0] ?? '';
}

/** `3m ago`. */
export const ago = (timestamp: string | undefined, now: Date): string => `${age(timestamp, now)} ago`;
