import type { Outcome } from '../api/evidence.ts';
import type { Over } from './budgets/within.ts';
import { type Deadline, Ended } from './deadline.ts';
import { CallError } from './errors.ts';
import type { BackendTarget } from './table.ts';

/** What goes to the caller as the provider sent it, but for the dialect. */
export interface Passed {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Nothing that could be passed on as an answer; `passed` is the provider's own error where it gave one. */
export interface Failure {
  kind: 'failure';
  /** Absent where no backend was asked. */
  backend?: BackendTarget;
  outcome: Outcome;
  error: CallError;
  passed?: Passed;
  /** Whether nothing was sent, since it cannot be said in the backend's dialect. */
  unspoken?: true;
  /** How long the provider asked to be left alone, in ms; absent where it did not. */
  retryAfterMs?: number;
  /** The status that it answered; absent where it gave none, and of a stream that broke before its first event. */
  status?: number;
  /** Whether the provider says that another try will do no better. */
  lasting?: true;
  /** Why nothing was sent, where a budget leaves no room for it. */
  over?: Over;
}

/** What a call is told that outlasts the gateway. Another replica may take it. */
export const stopping = (): CallError =>
  new CallError('gateway_stopping', 'the gateway is stopping: send the call again');

/** Whether a call was ended since the gateway stops, which nobody is to answer for. */
export const isStopping = ({ error }: Pick<Failure, 'error'>): boolean => error.code === 'gateway_stopping';

/** What an exchange that broke comes to: its clock ran out, its caller or the gateway goes, or the provider could not be reached. */
export function failureOf(backend: BackendTarget, error: unknown, clock: Pick<Deadline, 'ended'>): Failure {
  const reason: unknown = clock.ended() ?? error;
  if (reason instanceof Ended && reason.why === 'stopping')
    return { kind: 'failure', backend, outcome: 'gateway_error', error: stopping() };
  if (reason instanceof Ended) {
    const outcome = reason.why === 'timeout' ? 'timeout' : 'client_cancelled';
    return { kind: 'failure', backend, outcome, error: new CallError('provider_timeout', reason.message) };
  }
  // The words of a network error name the provider's address, which is no business of the caller's.
  const message = `provider ${backend.provider.name} could not be reached`;
  return {
    kind: 'failure',
    backend,
    outcome: 'upstream_5xx',
    error: new CallError('provider_unreachable', message),
  };
}

/** A call that cannot be said in the backend's dialect. */
export function unspoken(backend: BackendTarget, error: CallError): Failure {
  return { kind: 'failure', backend, outcome: 'upstream_4xx', error, unspoken: true };
}

/** A call that a budget leaves no room for. */
export const noRoom = (over: Over): Failure => ({
  kind: 'failure',
  outcome: 'rate_limited',
  error: over.error,
  over,
});

/** A provider's failure in words of our own. */
export function failed(backend: BackendTarget, outcome: Outcome, message: string): Failure {
  return { kind: 'failure', backend, outcome, error: new CallError('provider_error', message) };
}

/**
 * Whether a caller may see the provider's own error. What is wrong with the gateway's key is none of the caller's
 * business, and providers like to repeat the key they were given.
 */
export function mayPass(status: number, body: Buffer, key: string | undefined): boolean {
  if (status < 400 || status === 401 || status === 403) return false;
  return !quotes(body, key);
}

/** Whether what a provider says has the key in it that it was given. */
export const quotes = (said: Buffer, key: string | undefined): boolean =>
  key !== undefined && said.includes(key);
