import { isHeaderValue } from '../lib/http-header.ts';

/** Why a provider's key cannot be sent, in words that follow "its key" and do not hold it; undefined where it can. */
export function keyProblem(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (!isHeaderValue(value)) return 'has a character that no HTTP header may have, a line break perhaps';
  return undefined;
}
