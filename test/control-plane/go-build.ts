import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';
import { sayWhile } from './say.ts';
import { goModule, kubernetesVersion } from './versions.ts';

const packages = [
  'go.etcd.io/etcd/server/v3',
  'k8s.io/kubernetes/cmd/kube-apiserver',
  'k8s.io/kubernetes/cmd/kubectl',
];

/**
 * Builds the binaries from the Go module beside this file into `directory`: about five minutes on two cores, and
 * nothing but the Go module proxy is needed. Throws, with the compiler's last words, if Go is missing or fails.
 */
export async function buildFromGo(directory: string): Promise<void> {
  await requireGo();
  let compiled = 0;
  const build = run(
    'go',
    [
      'build',
      '-v',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      linkerFlags(),
      '-o',
      `${directory}/`,
      ...packages,
    ],
    {
      cwd: goModule,
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' },
      onStderr: (text) => {
        compiled += text.split('\n').filter((line) => line !== '' && !line.startsWith('go: ')).length;
      },
    },
  );
  const what = `building kube-apiserver, etcd and kubectl v${kubernetesVersion} from Go modules`;
  const result = await sayWhile(what, build, () => `, ${compiled} packages so far of about 2350`);
  if (result.code !== 0) throw new Error(`go build failed: ${lastLines(result.stderr)}`);
  // `go build` names a binary after the last part of its package's path.
  await rename(join(directory, 'server'), join(directory, 'etcd'));
}

// What the release scripts stamp: without it the API server and kubectl call themselves v0.0.0-master.
function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const base = 'k8s.io/component-base/version';
  const stamps = [
    `${base}.gitVersion=v${kubernetesVersion}`,
    `${base}.gitMajor=${major}`,
    `${base}.gitMinor=${minor}`,
    `${base}.gitTreeState=clean`,
    `k8s.io/client-go/pkg/version.gitVersion=v${kubernetesVersion}`,
  ];
  return ['-s', '-w', ...stamps.map((stamp) => `-X ${stamp}`)].join(' ');
}

async function requireGo(): Promise<void> {
  const version = await run('go', ['version']).catch(() => undefined);
  if (version?.code !== 0) throw new Error('there is no Go (`go version` does not run)');
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n');
}
