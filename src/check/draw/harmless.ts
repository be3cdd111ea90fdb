import { apiKey } from '../../privacy/api-key.ts';
import { redact } from '../../privacy/redact.ts';

/**
 * Text of a manifest as it may be shown: on one line, with nothing that a terminal would obey, and without what stands
 * where credentials do.
 */
export const harmless = (text: string): string => {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(/:\/\/[^/\s"@]+@/g, '://…@');
  // Shorter ones too than a detector takes for keys: here a wrong guess costs a word.
  return redact(line, [apiKey]).text.replaceAll(KEY_LIKE, '$1…');
};

const KEY_LIKE = /\b(sk|pk|rk|ghp|gho|ghs|glpat|xox[a-z]|AKIA)[-_]?[A-Za-z0-9_-]{12,}/g;
