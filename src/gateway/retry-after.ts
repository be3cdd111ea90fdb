import type { IncomingHttpHeaders } from 'node:http';

/** The one form of dates that HTTP has written since 1999; what else `Date.parse` takes is none. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a provider asks to be left alone, in ms; undefined where it does not say.
 * @param now the time, for providers that say until when
 */
export function retryAfterMs(
  headers: IncomingHttpHeaders,
  now: () => Date = () => new Date(),
): number | undefined {
  const ms = numberOf(headers['retry-after-ms']) ?? delayMs(headers['retry-after'], now);
  return ms === undefined || ms < 0 ? undefined : ms;
}

function delayMs(value: string | undefined, now: () => Date): number | undefined {
  const seconds = numberOf(value);
  if (seconds !== undefined) return seconds * 1_000;
  const until = value !== undefined && HTTP_DATE.test(value.trim()) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(0, until - now().getTime());
}

function numberOf(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
