import { type Log, messageOf } from '../../lib/log.ts';
import type { Body } from '../dialects/endpoint.ts';
import { CallError } from '../errors.ts';
import type { RouteEntry } from '../table.ts';
import type { PrivacyPolicy } from './policy.ts';
import { rewriteTexts } from './rewrite.ts';
import type { CallSecrets } from './secrets.ts';

/**
 * What may leave of a request: it, with placeholders in place of what the route has redacted.
 * @throws CallError where it cannot be told what is private: then nothing leaves.
 */
export async function guarded(
  sent: Body,
  policy: PrivacyPolicy,
  { vault, seen }: CallSecrets,
  route: RouteEntry,
  log: Log,
): Promise<Body> {
  let known = seen.get(policy);
  if (known === undefined) {
    known = new Map();
    seen.set(policy, known);
  }
  const fresh = new Set<string>();
  rewriteTexts(sent, (text) => {
    if (!known.has(text)) fresh.add(text);
    return text;
  });
  if (fresh.size > 0) {
    const texts = [...fresh];
    for (const text of texts) vault.avoid(text);
    const found = await spansIn(texts, policy, route, log);
    for (const [at, text] of texts.entries()) known.set(text, vault.hide(text, found[at] ?? []));
  }
  return rewriteTexts(sent, (text) => known.get(text) ?? text);
}

async function spansIn(
  texts: readonly string[],
  { find }: PrivacyPolicy,
  { namespace, name }: RouteEntry,
  log: Log,
) {
  try {
    return await find(texts);
  } catch (error) {
    log.error(
      { route: `${namespace}/${name}`, error: messageOf(error) },
      'calls are refused: what is private in them could not be looked for',
    );
    throw new CallError(
      'privacy_unavailable',
      'what is private in the call could not be looked for: nothing was sent',
    );
  }
}
