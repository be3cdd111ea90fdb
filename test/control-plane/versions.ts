import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Go module that names what is built, and in which version. */
export const goModule = join(import.meta.dirname, 'go');

/** The Kubernetes version that the tests run against, without `v`: what the Go module asks for. */
export const kubernetesVersion = requiredVersion('k8s.io/kubernetes');

/** Go's name for this machine, such as `linux-amd64`, as the published archives and the cache folders use it. */
export const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;

function requiredVersion(module: string): string {
  const goMod = readFileSync(join(goModule, 'go.mod'), 'utf8');
  const found = new RegExp(`^\\s${module} v(\\S+)`, 'm').exec(goMod)?.[1];
  if (found === undefined) throw new Error(`${join(goModule, 'go.mod')}: no requirement of ${module}`);
  return found;
}
