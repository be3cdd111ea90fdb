import { invalidRequest, type ProviderError } from './provider-error.ts';

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object that a body holds as JSON; undefined where it holds none. */
export function objectIn(body: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What OpenAI answers where a parameter is left out. */
export const missing = (param: string): ProviderError =>
  invalidRequest(`Missing required parameter: '${param}'.`, { param, code: 'missing_required_parameter' });
