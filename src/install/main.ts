import { join } from 'node:path';
import { generated } from './generated.ts';
import { checkTree, writeTree } from './tree.ts';

/** `npm run generate`: writes what is generated; with `--check` it only says what differs, and fails if anything does. */
const root = join(import.meta.dirname, '../..');
const tree = await generated(root);

if (process.argv.includes('--check')) {
  const differences = await checkTree(root, tree);
  for (const each of differences) process.stderr.write(`${each}\n`);
  if (differences.length > 0) {
    process.stderr.write('This is not what src/ says: run `npm run generate` and commit the result.\n');
    process.exitCode = 1;
  }
} else {
  for (const path of await writeTree(root, tree)) process.stdout.write(`${path}\n`);
}
