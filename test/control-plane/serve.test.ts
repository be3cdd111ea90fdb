import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '../eventually.ts';

test('a control plane ends, with its files, when its process is interrupted', async () => {
  const { child, directory } = await serve();
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(existsSync(directory)).toBe(false);
});

test('a control plane ends, with its files, when its process is killed', async () => {
  const { child, directory, url } = await serve();
  child.kill('SIGKILL');
  await eventually('the files are gone', () => !existsSync(directory));
  // A killed process is gone a moment later: until then its kernel resets, or still answers with a certificate.
  await eventually('the API server refuses connections', () =>
    fetch(url).then(
      () => false,
      ({ cause }) => cause?.code === 'ECONNREFUSED',
    ),
  );
});

async function serve(): Promise<{ child: ChildProcess; directory: string; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    printed += text;
    if (printed.includes('Ctrl-C')) break;
  }
  const kubeconfig = /KUBECONFIG=(\S+)/.exec(printed)?.[1] ?? '';
  const url = /https:\S+\d/.exec(printed)?.[0] ?? '';
  expect(existsSync(kubeconfig)).toBe(true);
  return { child, directory: dirname(kubeconfig), url };
}
