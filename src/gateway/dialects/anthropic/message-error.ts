import type { CallError } from '../../errors.ts';

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

/** An error in Anthropic's form, of the type that it has for a status. */
export function messageError(status: number, message: string): string {
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return JSON.stringify({ type: 'error', error: { type, message } });
}

export const errorJson = ({ status, message }: CallError): string => messageError(status, message);

export const errorEvent = (error: CallError): string => eventOf('error', errorJson(error));

/** One event of a stream as Anthropic writes it. */
export const eventOf = (type: string, data: string): string => `event: ${type}\ndata: ${data}\n\n`;
