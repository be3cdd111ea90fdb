import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { type Draw, promptArm, routeArm } from './draw.ts';
import { endOf, type Pin } from './pin.ts';
import type { ProviderTarget } from './table.ts';

/**
 * Ids of responses as callers get them: the provider's own, and after it which revisions and which provider answered, signed.
 * So whichever replica is asked next goes on with the same, and no caller chooses a revision.
 */
export interface ResponseIds {
  give(id: string, draw: Draw, provider: ProviderTarget): string;
  /** The provider's own id, and what it is pinned to; any other id is as it was, and pinned to nothing. */
  read(id: string): { id: string; pin?: Pin };
}

const FORM = /^(.{1,512})~(\w*)~(\w+)~([\w-]{8})~([\w-]{22})$/;

/** @param key of at least 32 bytes, the same for all replicas; see `callTokens` */
export function responseIds(key: Uint8Array): ResponseIds {
  const secret = createSecretKey(key);
  const macOf = (said: string): string =>
    createHmac('sha256', secret).update(`response ${said}`).digest('base64url').slice(0, 22);

  return {
    give(id, draw, provider) {
      const prompt = promptArm(draw);
      const said = [
        id,
        prompt === undefined ? '' : endOf(prompt.revision),
        endOf(routeArm(draw).revision),
        tagOf(provider),
      ].join('~');
      return `${said}~${macOf(said)}`;
    },
    read(given) {
      const [, id, prompt = '', route, provider, mac] = FORM.exec(given) ?? [];
      if (id === undefined || route === undefined || provider === undefined || mac === undefined)
        return { id: given };
      const expected = macOf([id, prompt, route, provider].join('~'));
      // What another key has signed still names the provider's own id.
      if (!timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) return { id };
      return { id, pin: { ...(prompt !== '' && { prompt }), route, provider } };
    },
  };
}

/** Tells providers apart without naming them. */
export const tagOf = ({ namespace, name }: Pick<ProviderTarget, 'namespace' | 'name'>): string =>
  createHash('sha256').update(`${namespace}/${name}`).digest('base64url').slice(0, 8);
