import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinaries } from '../control-plane/binaries.ts';
import { run } from '../control-plane/run.ts';
import { installPlugin, sluice } from './sluice.ts';

let plugin: string;
beforeAll(async () => {
  plugin = await installPlugin();
});
afterAll(() => rm(plugin, { recursive: true, force: true }));

async function script(name: string, text: string): Promise<void> {
  await writeFile(join(plugin, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(plugin, name), 0o755);
}

test('bash completes with what the program prints', async () => {
  await script('sluice', 'exec kubectl-sluice "$@"');
  const { stdout } = await sluice('completion', 'bash');
  const asked = 'COMP_WORDS=(sluice status --w); COMP_CWORD=2; _sluice; echo "$COMPREPLY"';
  expect(await run('bash', ['-c', `${stdout}${asked}`])).toEqual({
    code: 0,
    stdout: '--watch\n',
    stderr: '',
  });
});

test('kubectl completes by kubectl_complete-sluice', async () => {
  await script('kubectl_complete-sluice', 'exec kubectl-sluice __complete -- "$@"');
  const { kubectl } = await findBinaries();
  const { stdout } = await run(kubectl, ['__complete', 'sluice', 'ro']);
  expect(stdout.split('\n')).toContain('rollback');
});
