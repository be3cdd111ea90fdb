import { type Log, messageOf } from '../lib/log.ts';
import type { ProviderTarget } from './table.ts';

/** Says why a call to a provider broke. */
export type FailureLog = (provider: ProviderTarget, error: unknown) => void;

const QUIET_MS = 10_000;

/**
 * Tells the operator why providers cannot be reached, which callers are not told: once in 10 s for each provider, however
 * many calls fail.
 */
export function failureLog(log: Log, now: () => number = () => performance.now()): FailureLog {
  const saidAt = new Map<string, number>();
  return ({ namespace, name }, error) => {
    const provider = `${namespace}/${name}`;
    const before = saidAt.get(provider);
    if (before !== undefined && now() - before < QUIET_MS) return;
    saidAt.set(provider, now());
    // What several addresses of one name failed with has a code, and no message of its own.
    const { code } = (error ?? {}) as { code?: unknown };
    const reason = [code, messageOf(error)]
      .filter((each) => typeof each === 'string' && each !== '')
      .join(': ');
    log.warn({ provider, error: reason }, 'the provider could not be reached, or broke off');
  };
}
