import { readFile } from 'node:fs/promises';

/**
 * The bearer token in a file, read anew each time: tokens rotate.
 * @throws Error in words for a person, never with what the file holds.
 */
export async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${error.code}): mount it, or correct --prometheus-token-file`);
  });
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Error(`${path} holds no token: it must hold one line and nothing else (--prometheus-token-file)`);
}
