import type { Speech } from '../endpoint.ts';
import { readPlain, streamReader } from './messages-answer.ts';

/** Messages as Anthropic takes them. */
export const messagesSpeech: Speech = {
  path: '/messages',
  headers: (given) => ({ 'anthropic-version': '2023-06-01', ...given }),
  usageByFlag: false,
  readPlain,
  streamReader,
};
