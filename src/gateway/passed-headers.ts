import type { IncomingHttpHeaders } from 'node:http';

const RATE_LIMITS = ['x-ratelimit-', 'anthropic-ratelimit-'];

/** The headers of a provider that a caller may see: what the body is, and when to come again. No others. */
export function passedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    if (name === 'content-type' || name === 'retry-after' || name === 'retry-after-ms') passed[name] = value;
    else if (RATE_LIMITS.some((each) => name.startsWith(each))) passed[name] = value;
  }
  return passed;
}
