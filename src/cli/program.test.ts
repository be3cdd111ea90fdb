import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs the program as users do, as a process of its own. */
function sluice(...args: string[]) {
  const main = join(import.meta.dirname, 'main.ts');
  const env = { PATH: process.env.PATH };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

test('--version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  expect(sluice('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test.each(['run', 'gateway', 'operator', 'simulate-provider', 'status'])(
  '%s --help has examples and ends well',
  (command) => {
    const { status, stdout } = sluice(command, '--help');
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: sluice ${command}`);
    expect(stdout).toContain(`$ sluice ${command}`);
  },
);

test.each([[['--help']], [['operator', '--help']], [['evaluator', '--help']]])(
  'the example in %j names the Service that is installed',
  (args) => {
    const installed = readFileSync(join(import.meta.dirname, '../../config/manager/operator.yaml'), 'utf8');
    const service = /--gateway-service=(\S+)/.exec(installed)![1]!;
    const shown = sluice(...args).stdout.matchAll(/--gateway-service (sluice-\S+)/g);
    expect([...shown].map(([, name]) => name)).toEqual([service]);
  },
);

test.each([
  [['run', '--manifest', '.'], 'Did you mean --manifests?'],
  [['rum'], 'Did you mean run?'],
  [['run'], '--manifests DIR'],
  [['run', '--manifests', '/nowhere/at/all'], '--manifests /nowhere/at/all is no folder'],
  [['run', '--manifests', '.', '--listen', '8080'], 'HOST:PORT'],
  [['eval', 'run', 'tickets'], '--manifests DIR'],
  [['eval', 'run'], 'Try: sluice eval run --help'],
  [['operator'], '--gateway URL, or --gateway-service NAMESPACE/NAME'],
  [['operator', '--gateway', 'localhost:9090'], 'http://HOST:PORT'],
  [['operator', '--gateway-service', 'gateways'], 'NAMESPACE/NAME'],
  [['gateway', '--namespace', 'Not_A_Name'], 'lower-case Kubernetes name'],
  [['operator', '--gateway', 'http://h', '--prometheus', 'prom:9090'], '--prometheus: write it as http://'],
  [['run', '--manifests', '.', '--prometheus', 'http://h/?a=b'], '--prometheus: give the base URL'],
  [['run', '--manifests', '.', '--prometheus-token-file', 'f'], 'give --prometheus URL too'],
  [['run', '--manifests', '.', '--record-file-size', '100'], '64Ki, 100Mi or 1Gi'],
  [['gateway', '--record-files', '1'], 'from 2 to 1000'],
  [['gateway', '--workers', '65'], 'a number from 1 to 64, or auto'],
  [['gateway', '--workers', '1.5'], 'a number from 1 to 64, or auto'],
  [['gateway', '--workers=-2'], 'a number from 1 to 64, or auto'],
  [['gateway', '--workers', 'all'], 'a number from 1 to 64, or auto'],
  [['gateway', '--workers', '2', '--otlp-endpoint', 'c:4318'], '--otlp-endpoint: write it as'],
  [
    ['gateway', '--workers', '2', '--budget-store', 'cache:6379'],
    'write --budget-store as redis://HOST:PORT',
  ],
  [[], 'Usage: sluice'],
])('%j is not understood: exit code 2 and a hint', (args, hint) => {
  const { status, stderr, stdout } = sluice(...args);
  expect(stderr).toContain(hint);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('what no worker can start with is said once, and ends the program', () => {
  const places = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
  const { status, stderr } = sluice('gateway', '--workers', '2', ...places, '--callers-file', '/nowhere');
  expect(stderr).toMatch(/^error: the callers' file cannot be read: .*\n$/);
  expect(status).toBe(1);
});

test.each(['http://me:planted@prom:9090', 'http://planted@prom', 'http//me:planted@prom'])(
  'credentials in %s are refused and not repeated',
  (url) => {
    const { status, stderr, stdout } = sluice('run', '--manifests', '.', '--prometheus', url);
    expect(status).toBe(2);
    expect(stderr).toContain('--prometheus');
    expect(stderr + stdout).not.toContain('planted');
  },
);

test('what fails at run time has exit code 1 and one line, without a stack', () => {
  const { status, stderr } = sluice('gateway', '--kubeconfig', '/nowhere/config');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: kubeconfig: .*--kubeconfig.*\n$/);
  const unkeyed = sluice('gateway', '--feedback-key-file', '/nowhere/key');
  expect(unkeyed.status).toBe(1);
  expect(unkeyed.stderr).toMatch(/^error: the feedback key cannot be read: .*\/nowhere\/key.*\n$/);
});
