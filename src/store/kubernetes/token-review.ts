import { PATH_OF_TOKEN_REVIEWS } from './paths.ts';
import type { Transport } from './transport.ts';

const ACCOUNT = 'system:serviceaccount:';

/** A ServiceAccount that is asked after holds up a call: longer than this nobody waits. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * Asks the API server whose tokens they are that were made for `audience`: `namespace/name` of a ServiceAccount,
 * undefined for any other, for one of another audience and for none. The function throws StoreError where no answer comes.
 */
export function tokenReviews(
  transport: Pick<Transport, 'request'>,
  audience: string,
): (token: string) => Promise<string | undefined> {
  return async (token) => {
    const answer = await transport.request({
      method: 'POST',
      path: PATH_OF_TOKEN_REVIEWS,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [audience] },
      },
      timeoutMs: ANSWER_WITHIN_MS,
    });
    const { authenticated, user, audiences } = (answer as { status?: ReviewStatus }).status ?? {};
    // A server that knows no audiences takes any token for good, and names none.
    if (authenticated !== true || audiences?.includes(audience) !== true) return undefined;
    const [namespace, name, more] = user?.username?.startsWith(ACCOUNT)
      ? user.username.slice(ACCOUNT.length).split(':')
      : [];
    return namespace && name && more === undefined ? `${namespace}/${name}` : undefined;
  };
}

interface ReviewStatus {
  authenticated?: boolean;
  audiences?: string[];
  user?: { username?: string };
}
