import { readFile, writeFile } from 'node:fs/promises';

/** The part of an audit event (`audit.k8s.io/v1`) that tests ask about. */
export interface AuditEvent {
  verb: string;
  user: { username: string };
  impersonatedUser?: { username: string };
  userAgent?: string;
  requestURI: string;
  objectRef?: {
    resource: string;
    namespace?: string;
    name?: string;
    subresource?: string;
    apiGroup?: string;
  };
  responseStatus?: { code: number };
  requestReceivedTimestamp: string;
}

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Whether the request of `event` asked for a change, granted or not. */
export function isWrite(event: AuditEvent): boolean {
  return writes.has(event.verb);
}

/** All requests that the API server has answered so far, oldest first. A watch is in it when it has ended. */
export async function auditEvents(auditLogPath: string): Promise<AuditEvent[]> {
  const lines = (await readFile(auditLogPath, 'utf8')).split('\n');
  // The last piece is empty, or a line that is being written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
}

/** Writes the audit policy to `path`: every request once, when it is answered, without its body. */
export async function writeAuditPolicy(path: string): Promise<void> {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Metadata' }],
  };
  await writeFile(path, JSON.stringify(policy));
}
