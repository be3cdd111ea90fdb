import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { withDebianPackages } from '../debian.ts';

/** Programs of the package `prometheus`. */
export type Program = 'prometheus' | 'promtool';

/**
 * Puts a program of the package `prometheus` into `directory`, of the version that this Debian or Ubuntu offers. Of what the
 * package depends on the program needs the C library only.
 * @throws Error, saying why, where it cannot be had.
 */
export function downloadFromDebian(directory: string, program: Program): Promise<void> {
  return withDebianPackages(directory, ['prometheus'], (unpacked) =>
    rename(join(unpacked, 'usr/bin', program), join(directory, program)),
  );
}
