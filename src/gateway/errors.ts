/** Every error that the gateway answers by itself: HTTP status and OpenAI's error type. */
export const ERRORS = {
  malformed_request: { status: 400, type: 'invalid_request_error' },
  malformed_json: { status: 400, type: 'invalid_request_error' },
  invalid_request: { status: 400, type: 'invalid_request_error' },
  invalid_variables: { status: 400, type: 'invalid_request_error' },
  private_content: { status: 400, type: 'invalid_request_error' },
  unreadable_content: { status: 400, type: 'invalid_request_error' },
  invalid_call_token: { status: 400, type: 'invalid_request_error' },
  no_feedback: { status: 400, type: 'invalid_request_error' },
  expired_call_token: { status: 400, type: 'invalid_request_error' },
  unauthenticated: { status: 401, type: 'invalid_request_error' },
  model_forbidden: { status: 403, type: 'invalid_request_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  unknown_path: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  request_timeout: { status: 408, type: 'invalid_request_error' },
  feedback_given: { status: 409, type: 'invalid_request_error' },
  body_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_encoding: { status: 415, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  expectation_failed: { status: 417, type: 'invalid_request_error' },
  headers_too_large: { status: 431, type: 'invalid_request_error' },
  budget_exceeded: { status: 429, type: 'insufficient_quota' },
  callers_unknown: { status: 503, type: 'server_error' },
  privacy_unavailable: { status: 503, type: 'server_error' },
  gateway_stopping: { status: 503, type: 'server_error' },
  not_ready: { status: 503, type: 'server_error' },
  provider_key_missing: { status: 502, type: 'server_error' },
  provider_unreachable: { status: 502, type: 'server_error' },
  provider_error: { status: 502, type: 'server_error' },
  not_cached: { status: 504, type: 'invalid_request_error' },
  provider_timeout: { status: 504, type: 'server_error' },
  stream_interrupted: { status: 502, type: 'server_error' },
  internal_error: { status: 500, type: 'server_error' },
} as const satisfies Record<string, { status: number; type: string }>;
export type ErrorCode = keyof typeof ERRORS;

/** An error for the caller, in OpenAI's form. Its message never holds a secret or another caller's text. */
export class CallError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  /** Seconds after which the same may go better; absent where waiting does not help. */
  readonly retryAfterS: number | undefined;
  constructor(code: ErrorCode, message: string, param: string | null = null, retryAfterS?: number) {
    super(message);
    this.name = 'CallError';
    this.code = code;
    this.param = param;
    this.retryAfterS = retryAfterS;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** The body of the answer, or the data of a stream's last event. */
  toBody(): string {
    const { message, param, code } = this;
    return JSON.stringify({ error: { message, type: ERRORS[code].type, param, code } });
  }
}
