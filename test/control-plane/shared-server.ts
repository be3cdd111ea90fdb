import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

/** Answers test files that ask for the shared control plane. */
export interface SharedServer {
  /** Path of the socket that it listens on; nobody else may connect. */
  socketPath: string;
  /** Ends it, and the control plane if one was asked for. */
  stop(): Promise<void>;
}

/** Starts the server that starts the shared control plane when somebody first asks, and tells all where it is. */
export async function startSharedServer(): Promise<SharedServer> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-shared-'));
  const socketPath = join(directory, 'socket');
  let controlPlane: Promise<ControlPlane> | undefined;

  const server = createServer((_request, response) => {
    controlPlane ??= startWithCRDs();
    controlPlane.then(
      ({ address }) => response.end(JSON.stringify(address)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  // A run that ends without its teardown must not wait for this.
  server.unref();

  return {
    socketPath,
    async stop() {
      server.close();
      server.closeAllConnections();
      await controlPlane?.then(
        (started) => started.stop(),
        () => {},
      );
      await rm(directory, { recursive: true, force: true });
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
