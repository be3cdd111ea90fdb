import type { Speech } from '../endpoint.ts';
import { readPlain, streamReader } from './chat-answer.ts';

/** Chat completions as OpenAI takes them. */
export const chatSpeech: Speech = { path: '/chat/completions', usageByFlag: true, readPlain, streamReader };
