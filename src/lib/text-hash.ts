import { hash } from 'node:crypto';

/** The hash by which a text is known where the text itself is not kept. */
export const textHash = (text: string): string => `sha256:${hash('sha256', text, 'hex')}`;
