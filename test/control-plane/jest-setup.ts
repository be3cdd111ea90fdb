import { sharedUrlVariable } from './shared.ts';
import { type SharedServer, startSharedServer } from './shared-server.ts';

let server: SharedServer | undefined;

/** Before the first test file of the project: lets test files ask for the shared control plane. */
export default async function setup(): Promise<void> {
  server = await startSharedServer();
  process.env[sharedUrlVariable] = server.url;
}

/** After the last test file. */
export async function teardown(): Promise<void> {
  await server?.stop();
}
