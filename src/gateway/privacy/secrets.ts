import { randomInt } from 'node:crypto';
import { type Vault, vault } from '../../privacy/vault.ts';
import type { PrivacyPolicy } from './policy.ts';

/** What was found private in one call, over its backends, rescue and copies: the same value has one placeholder in all. */
export interface CallSecrets {
  vault: Vault;
  /** What is sent in place of texts that were looked at, by `keyOf` each, by the policy that they were held to. */
  seen: WeakMap<PrivacyPolicy, Map<string, string>>;
}

/** Numbers that two calls of a conversation hardly both have. */
const OTHER_NUMBERS = { from: 1_000, to: 1_000_000_000 };

/**
 * @param goesOn whether the call goes on with a conversation that the provider keeps: placeholders of earlier calls may
 * still be in its answers, and those of this one must be others
 */
export function callSecrets(goesOn: boolean): CallSecrets {
  const first = goesOn ? randomInt(OTHER_NUMBERS.from, OTHER_NUMBERS.to) : 1;
  return { vault: vault(first), seen: new WeakMap() };
}

/** Hides in a text what was found private in the call: what only another engine finds is known from nowhere else. */
export const concealer = (secrets: CallSecrets | undefined): Vault['conceal'] =>
  secrets?.vault.conceal ?? ((text) => text);
