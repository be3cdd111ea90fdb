import { join } from 'node:path';
import { checkCrds, writeCrds } from './files.ts';

/** `npm run generate`: writes `crds/`; with `--check` it only says how `crds/` differs, and fails if it does. */
const folder = join(import.meta.dirname, '../../../crds');

if (process.argv.includes('--check')) {
  const differences = await checkCrds(folder);
  for (const each of differences) process.stderr.write(`crds/${each}\n`);
  if (differences.length > 0) {
    process.stderr.write('crds/ is not what src/api says: run `npm run generate` and commit the result.\n');
    process.exitCode = 1;
  }
} else {
  for (const name of await writeCrds(folder)) process.stdout.write(`crds/${name}\n`);
}
