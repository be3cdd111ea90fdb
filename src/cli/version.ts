import { readFileSync } from 'node:fs';

/** The version of the package that this runs from. */
export function version(): string {
  // The same place from the source and from what is built: two folders up.
  const path = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
