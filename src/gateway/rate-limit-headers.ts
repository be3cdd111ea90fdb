import type { IncomingHttpHeaders } from 'node:http';

/** What a provider says of one of its limits; a number is absent where it does not say it. */
export interface RateLimit {
  /** What is counted. */
  of: 'requests' | 'tokens' | 'input_tokens' | 'output_tokens';
  limit?: number;
  remaining?: number;
}

interface Names {
  of: RateLimit['of'];
  limit: string;
  remaining: string;
}

/** Of OpenAI's API and those that are like it. */
const openAI = (of: 'requests' | 'tokens'): Names => ({
  of,
  limit: `x-ratelimit-limit-${of}`,
  remaining: `x-ratelimit-remaining-${of}`,
});

const anthropic = (of: RateLimit['of']): Names => {
  const prefix = `anthropic-ratelimit-${of.replace('_', '-')}`;
  return { of, limit: `${prefix}-limit`, remaining: `${prefix}-remaining` };
};

const ALL: readonly Names[] = [
  openAI('requests'),
  openAI('tokens'),
  anthropic('requests'),
  anthropic('tokens'),
  anthropic('input_tokens'),
  anthropic('output_tokens'),
];

/** Whether an answer says how much is left of any limit. */
export const saysRateLimits = (headers: IncomingHttpHeaders): boolean =>
  ALL.some(({ remaining }) => headers[remaining] !== undefined);

/** The limits on rates that a provider tells in an answer's headers. What is no number is not said. */
export function readRateLimits(headers: IncomingHttpHeaders): RateLimit[] {
  return ALL.flatMap((names) => {
    const limit = numberOf(headers[names.limit]);
    const remaining = numberOf(headers[names.remaining]);
    if (limit === undefined && remaining === undefined) return [];
    return [
      {
        of: names.of,
        ...(limit !== undefined && { limit }),
        ...(remaining !== undefined && { remaining }),
      },
    ];
  });
}

function numberOf(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : undefined;
}
