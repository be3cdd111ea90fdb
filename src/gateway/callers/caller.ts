import type { IncomingHttpHeaders } from 'node:http';

/** Who calls, and whose releases that may be of. */
export interface Caller {
  /** `namespace/name` of a ServiceAccount, or what the callers' file calls the holder of a key. */
  name: string;
  /** Namespaces whose releases and routes the caller may use. */
  namespaces: readonly string[] | 'all';
}

/** Tells callers apart by what they send. */
export interface Callers {
  /** @throws CallError 401 where nobody known asks, 503 where that cannot be told now. */
  identify(headers: IncomingHttpHeaders): Promise<Caller>;
  stop(): void;
}

/** Who calls where callers are not told apart. */
export const ANYBODY: Caller = { name: '', namespaces: 'all' };

export const mayUse = ({ namespaces }: Caller, namespace: string): boolean =>
  namespaces === 'all' || namespaces.includes(namespace);

const LONGEST_CREDENTIAL = 8 * 1024;

/** What a caller shows of itself: a bearer token as OpenAI's clients send it, or `x-api-key` as Anthropic's do. */
export function credentialOf({ authorization, ...headers }: IncomingHttpHeaders): string | undefined {
  const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? headers['x-api-key'];
  return typeof given === 'string' && given !== '' && given.length <= LONGEST_CREDENTIAL ? given : undefined;
}
