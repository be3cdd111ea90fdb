import type { Outcome } from '../api/evidence.ts';

/** The outcome that an HTTP status of the provider stands for, from 400 on. */
export function outcomeOfStatus(status: number): Outcome {
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'upstream_5xx' : 'upstream_4xx';
}

/** Whether an error body says that a content filter took the prompt: Azure's way of refusing. */
export function isContentFilter(status: number, error: unknown): boolean {
  return status === 400 && isFiltered(error);
}

function isFiltered(error: unknown): boolean {
  const { code, innererror } = (error ?? {}) as { code?: unknown; innererror?: { code?: unknown } | null };
  return code === 'content_filter' || innererror?.code === 'ResponsibleAIPolicyViolation';
}

/** Codes and types that providers put where a status would say more. */
const NAMED: Readonly<Record<string, Outcome>> = {
  rate_limit_exceeded: 'rate_limited',
  rate_limit_error: 'rate_limited',
  too_many_requests: 'rate_limited',
  insufficient_quota: 'rate_limited',
  context_length_exceeded: 'upstream_4xx',
  invalid_request_error: 'upstream_4xx',
  authentication_error: 'upstream_4xx',
  permission_error: 'upstream_4xx',
  not_found_error: 'upstream_4xx',
};

/** The outcome of an error object that came inside an HTTP 200: by its status, else its name, else the provider's fault. */
export function outcomeOfError(error: unknown): Outcome {
  if (isFiltered(error)) return 'refusal';
  const { code, type, status } = (error ?? {}) as { code?: unknown; type?: unknown; status?: unknown };
  const said = [status, code].map(Number).find((number) => number >= 400 && number < 600);
  if (said !== undefined) return outcomeOfStatus(said);
  const named = [code, type].find((name) => typeof name === 'string' && Object.hasOwn(NAMED, name));
  return named === undefined ? 'upstream_5xx' : NAMED[named as string]!;
}

/**
 * How models say no in plain text, at the very beginning of an answer. Few patterns on purpose: an apology in passing
 * is no refusal, and whatever is missed is missed for both revisions alike.
 */
const REFUSALS = [
  /^(i['’]?m|i am) (very |really |so )?(sorry|afraid),? (but )?(i|we) (can['’]?t|cannot|can not|won['’]?t|am unable|am not able)/i,
  /^(sorry|apologies),? (but )?(i|we) (can['’]?t|cannot|can not|won['’]?t|am unable|am not able)/i,
  /^(i|we) (can['’]?t|cannot|can not|won['’]?t) (help|assist|comply|do that|provide|fulfil|answer)/i,
  /^(i['’]?m|i am) (unable|not able) to (help|assist|comply|provide|fulfil|answer)/i,
];
const REFUSAL_WITHIN = 120;

/** Whether an answer in plain text is a refusal. */
export function readsAsRefusal(text: string): boolean {
  const begin = text.slice(0, REFUSAL_WITHIN).trimStart();
  return REFUSALS.some((pattern) => pattern.test(begin));
}
