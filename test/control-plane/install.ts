import { installBinaries } from './binaries.ts';

/** `make control-plane-binaries`: installs what the tests' control plane needs, if it is not there yet. */
try {
  await installBinaries();
} catch (error) {
  process.stderr.write(`control plane: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
