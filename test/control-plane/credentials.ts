import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that the API server reads at its start, and the administrator's token. */
export interface Credentials {
  adminToken: string;
  tokenFile: string;
  serviceAccountKey: string;
}

/** Writes new credentials into `directory`, which must be readable by nobody else. */
export async function writeCredentials(directory: string): Promise<Credentials> {
  const adminToken = randomBytes(24).toString('hex');
  const tokenFile = join(directory, 'tokens.csv');
  const serviceAccountKey = join(directory, 'service-account.key');
  await writeFile(tokenFile, `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(serviceAccountKey, privateKey, { mode: 0o600 });
  return { adminToken, tokenFile, serviceAccountKey };
}

/** Writes the administrator's kubeconfig to `path`; `certificate` is the PEM that the server's own is judged by. */
export async function writeKubeconfig(
  path: string,
  { url, certificate, token }: { url: string; certificate: string; token: string },
): Promise<void> {
  const ca = Buffer.from(certificate).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': ca } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  // JSON is YAML.
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
