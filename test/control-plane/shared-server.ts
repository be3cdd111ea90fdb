import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

/** Answers test files that ask for the shared control plane. */
export interface SharedServer {
  /** Where to ask; it holds a secret, for the answer leads to an administrator's credentials. */
  url: string;
  /** Ends it, and the control plane if one was asked for. */
  stop(): Promise<void>;
}

/** Starts the server that starts the shared control plane when somebody first asks, and tells all where it is. */
export async function startSharedServer(): Promise<SharedServer> {
  const path = `/${randomUUID()}`;
  let controlPlane: Promise<ControlPlane> | undefined;

  const server = createServer((request, response) => {
    if (request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    controlPlane ??= startWithCRDs();
    controlPlane.then(
      ({ address }) => response.end(JSON.stringify(address)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A run that ends without its teardown must not wait for this.
  server.unref();

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await controlPlane?.then(
        (started) => started.stop(),
        () => {},
      );
    },
  };
}

async function startWithCRDs(): Promise<ControlPlane> {
  const controlPlane = await startControlPlane({ auditLog: true });
  try {
    await controlPlane.installCRDs();
    return controlPlane;
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}
