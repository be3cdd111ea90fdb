import { StoreError, type StoreErrorCode } from '../store.ts';

/** What the API server, or the way to it, said no with. */
export class ApiError extends StoreError {
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined;
  /** `Status.reason`, such as `AlreadyExists` or `Expired`. */
  readonly reason: string | undefined;
  constructor(
    code: StoreErrorCode,
    message: string,
    options: {
      status?: number | undefined;
      reason?: string | undefined;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    const { cause, retryAfterMs, status, reason } = options;
    super(code, message, { cause, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
  }
}

/** Whether `error` says that the asked-for resourceVersion or page is too old: list anew. */
export const isExpired = (error: unknown): boolean => error instanceof ApiError && error.status === 410;

/** The error of an answer with an HTTP status of 400 or more. `call` names the request in the message. */
export function errorOfStatus(call: string, status: number, body: unknown, retryAfter?: string): ApiError {
  const said = (typeof body === 'object' && body !== null ? body : {}) as {
    message?: unknown;
    reason?: unknown;
    details?: { retryAfterSeconds?: unknown };
  };
  const text = typeof said.message === 'string' ? said.message : typeof body === 'string' ? body : '';
  const seconds = Number(retryAfter ?? said.details?.retryAfterSeconds ?? Number.NaN);
  return new ApiError(codeOf(status), `${call}: ${text.slice(0, 1024) || 'no message'} (HTTP ${status})`, {
    status,
    reason: typeof said.reason === 'string' ? said.reason : undefined,
    retryAfterMs: seconds >= 0 ? seconds * 1000 : undefined,
  });
}

function codeOf(status: number): StoreErrorCode {
  if (status === 401 || status === 403) return 'Forbidden';
  if (status === 404) return 'NotFound';
  if (status === 409) return 'Conflict';
  // 408, 410 and 429 are about the moment, not about what was asked.
  if (status < 500 && ![408, 410, 429].includes(status)) return 'Invalid';
  return 'Unavailable';
}

/** The error of a request that got no answer, or half of one. */
export function errorOfNetwork(call: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { message, code } = error as { message?: string; code?: string };
  const what = [code, message].filter(Boolean).join(' ') || String(error);
  return new ApiError('Unavailable', `${call}: no answer from the API server: ${what}`, { cause: error });
}
