import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Credentials } from './credentials.ts';
import { type Daemon, startDaemon } from './daemon.ts';

/** What an API server is started with; the same options start it again with the same port and certificate. */
export interface ApiServerOptions {
  program: string;
  directory: string;
  port: number;
  etcd: string;
  credentials: Credentials;
  audit?: { policy: string; log: string } | undefined;
}

/** Starts an API server, and resolves when it is ready. Throws, with its last words, if it does not become so. */
export async function startApiServer(options: ApiServerOptions): Promise<Daemon> {
  const daemon = startDaemon(options.program, flags(options), options.directory);
  const agent = await agentTrusting(options, daemon);
  try {
    await waitForAnswers(options, daemon, agent);
    return daemon;
  } catch (error) {
    await daemon.kill();
    throw error;
  } finally {
    await agent.destroy();
  }
}

/** The PEM of the certificate that the API server made for itself, with that of the authority it made for it. */
export function servingCertificate(directory: string): string {
  return join(directory, 'certs', 'apiserver.crt');
}

function flags({ directory, port, etcd, credentials, audit }: ApiServerOptions): string[] {
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, 'certs')}`,
    `--token-auth-file=${credentials.tokenFile}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.serviceAccountKey}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // Nothing here makes the service accounts that this admission would wait for.
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    ...(audit ? [`--audit-policy-file=${audit.policy}`, `--audit-log-path=${audit.log}`] : []),
  ];
}

const patience = 60_000;

async function waitForAnswers(options: ApiServerOptions, daemon: Daemon, dispatcher: Agent): Promise<void> {
  const headers = { authorization: `Bearer ${options.credentials.adminToken}` };
  // The namespace comes shortly after the server calls itself ready.
  const paths = ['/readyz', '/api/v1/namespaces/default'];
  await until(daemon, async () => {
    for (const path of paths) {
      const answer = await request(`https://127.0.0.1:${options.port}${path}`, { dispatcher, headers });
      await answer.body.dump();
      if (answer.statusCode !== 200) return undefined;
    }
    return true;
  });
}

async function agentTrusting(options: ApiServerOptions, daemon: Daemon): Promise<Agent> {
  const ca = await until(daemon, async () => {
    const pem = await readFile(servingCertificate(options.directory), 'utf8');
    // The file is there, and empty, before it is written.
    return pem.trimEnd().endsWith('-----END CERTIFICATE-----') ? pem : undefined;
  });
  return new Agent({ connect: { ca } });
}

/** The first answer of `probe` that is something and no error. */
async function until<T>(daemon: Daemon, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patience;
  while (daemon.isRunning() && performance.now() < deadline) {
    const answer = await probe().catch(() => undefined);
    if (answer !== undefined) return answer;
    await delay(50);
  }
  const what = daemon.isRunning() ? `is not ready after ${patience / 1000} s` : 'ended';
  throw new Error(`kube-apiserver ${what}: ${daemon.lastWords()}`);
}
