import { hash } from 'node:crypto';
import { CallError } from '../errors.ts';
import { type Caller, type Callers, credentialOf } from './caller.ts';
import type { KnownCallers } from './callers-file.ts';
import { type Review, reviewedTokens } from './reviewed.ts';

export interface CallersOptions {
  /** Callers named one by one, as they are now. */
  known: () => KnownCallers;
  /** Whose token something is; absent where only keys are taken. */
  review?: Review;
  now?: () => number;
}

/** Knows callers by their keys and by the tokens of their ServiceAccounts. */
export function callersBy({ known, review, now }: CallersOptions): Pick<Callers, 'identify'> {
  const reviewed = review && reviewedTokens(review, now);

  const accountOf = async (token: string): Promise<Caller | undefined> => {
    // No more than what looks like a JSON Web Token is worth a question to the API server.
    if (reviewed === undefined || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
    const account = await reviewed(token);
    if (account === undefined) return undefined;
    const [own = ''] = account.split('/');
    return known().serviceAccounts.get(account) ?? { name: account, namespaces: [own] };
  };

  return {
    async identify(headers) {
      const credential = credentialOf(headers);
      if (credential === undefined)
        throw new CallError('unauthenticated', 'say who calls: authorization: Bearer, or x-api-key');
      // The hash is compared, and nobody can choose what the hash of a guess begins with: its time tells nothing.
      const hashed = hash('sha256', credential, 'hex');
      const caller = known().keys.get(hashed) ?? (await accountOf(credential));
      if (caller === undefined)
        throw new CallError('unauthenticated', 'the key or token is not valid, or has ended');
      return caller;
    },
  };
}
