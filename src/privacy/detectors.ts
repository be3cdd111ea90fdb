import { apiKey } from './api-key.ts';
import { card } from './card.ts';
import { type CustomPattern, customDetector } from './custom.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { ip } from './ip.ts';
import { phone } from './phone.ts';
import type { Detector } from './span.ts';
import { ssn } from './ssn.ts';

/** What can be found without being told how. Of equally long finds the one that comes first here counts. */
export const KINDS = ['API_KEY', 'EMAIL', 'IBAN', 'CARD', 'SSN', 'IP', 'PHONE'] as const;
export type Kind = (typeof KINDS)[number];

const DETECTORS: Record<Kind, Detector> = {
  API_KEY: apiKey,
  EMAIL: email,
  IBAN: iban,
  CARD: card,
  SSN: ssn,
  IP: ip,
  PHONE: phone,
};

/**
 * What to look with: the kinds that are asked for, then custom patterns.
 * @throws RangeError for a custom kind whose name is taken, or that cannot be
 */
export function detectorsFor(
  kinds: readonly Kind[] = KINDS,
  custom: readonly CustomPattern[] = [],
): Detector[] {
  const taken = new Set<string>(KINDS);
  const own = custom.map((pattern) => {
    if (taken.has(pattern.kind))
      throw new RangeError(`${pattern.kind}: the name is taken; give it one of its own`);
    taken.add(pattern.kind);
    return customDetector(pattern);
  });
  return [...KINDS.filter((kind) => kinds.includes(kind)).map((kind) => DETECTORS[kind]), ...own];
}
