import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goProgram } from '../go-program.ts';

const directory = join(import.meta.dirname, 'go');
const goMod = readFileSync(join(directory, 'go.mod'), 'utf8');

/** The path of a Helm: `SLUICE_TEST_HELM`, else one built from its Go module. Throws, naming the remedy, if none can be had. */
export const helmProgram = (): Promise<string> =>
  goProgram({
    name: 'helm',
    directory,
    version: required('helm.sh/helm/v3'),
    package: 'helm.sh/helm/v3/cmd/helm',
    linkerFlags: linkerFlags(),
    variable: 'SLUICE_TEST_HELM',
    takes: 'about 2 minutes',
  });

// What Helm's Makefile stamps: without it `helm template` takes itself to be of Kubernetes 1.20.
function linkerFlags(): string[] {
  const minor = required('k8s.io/client-go').split('.')[1];
  const places = ['helm.sh/helm/v3/pkg/chartutil', 'helm.sh/helm/v3/pkg/lint/rules'];
  return [
    `helm.sh/helm/v3/internal/version.version=v${required('helm.sh/helm/v3')}`,
    'helm.sh/helm/v3/internal/version.metadata=',
    ...places.flatMap((at) => [`${at}.k8sVersionMajor=1`, `${at}.k8sVersionMinor=${minor}`]),
  ].map((stamp) => `-X ${stamp}`);
}

function required(module: string): string {
  const found = new RegExp(`^\\s${module} v(\\S+)`, 'm').exec(goMod)?.[1];
  if (found === undefined) throw new Error(`${join(directory, 'go.mod')}: no requirement of ${module}`);
  return found;
}
