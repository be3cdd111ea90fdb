import { dirname } from 'node:path';
import { installBinaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';

/** `make control-plane`: a control plane with the CRDs installed, until it is interrupted. */
async function serve(): Promise<void> {
  const binaries = await installBinaries();
  const controlPlane = await startControlPlane();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => controlPlane.stop());
  }
  await controlPlane.installCRDs();
  process.stdout.write(`
A Kubernetes API is at ${controlPlane.url}. In another terminal:

  export KUBECONFIG=${controlPlane.kubeconfig}
  export PATH="$PATH:${dirname(binaries.kubectl)}"
  kubectl api-resources --api-group=sluice.dev
  kubectl get namespaces

Ctrl-C ends it and removes everything it holds.
`);
}

try {
  await serve();
} catch (error) {
  process.stderr.write(`control plane: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
