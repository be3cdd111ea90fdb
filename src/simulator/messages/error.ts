import type { ProviderError } from '../provider-error.ts';

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** An error as Anthropic answers it. */
export function messageError({ status, body, ...rest }: ProviderError): ProviderError {
  const { message } = (JSON.parse(body) as { error: { message: string } }).error;
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return {
    ...rest,
    status,
    body: JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_simulated' }),
  };
}
