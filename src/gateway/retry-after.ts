import type { IncomingHttpHeaders } from 'node:http';

/** How long a provider asks to be left alone, in ms; undefined where it does not say. Dates are not read. */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const ms = numberOf(headers['retry-after-ms']) ?? seconds(numberOf(headers['retry-after']));
  return ms === undefined || ms < 0 ? undefined : ms;
}

const seconds = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : value * 1_000;

function numberOf(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
