import { copyFile, cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';
import type { ReleaseStatus } from '../api/status.ts';
import { freePort } from '../lib/free-port.ts';
import { type Child, startChild } from './children.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const NAMESPACE = 'support';
const RELEASE = 'support-triage';
const READY_LIMIT_MS = 20_000;

/** What the demo plays on: a copy of the quickstart, a simulated provider behind it, `sluice run` over it. */
export interface Stage {
  /** Everything lies here: manifests, state, logs. */
  folder: string;
  manifests: string;
  /** Where callers call. */
  url: string;
  /** Resolves once callers are answered. */
  ready(signal: AbortSignal): Promise<void>;
  /** The name under which they ask for the release. */
  model: string;
  children: Child[];
  /** Applies a version of the release, as anybody would: by writing its file. */
  apply(version: 'v2' | 'v3'): Promise<void>;
  /** What the state folder says of the release. */
  status(): Promise<ReleaseStatus>;
}

/** Sets the stage on free ports; the two processes are on their way up when this returns. */
export async function setStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const manifests = join(folder, 'manifests');
  const state = join(folder, 'state');
  await cp(join(EXAMPLES, 'quickstart'), manifests, { recursive: true });
  const [provider, listen, admin] = [await freePort(), await freePort(), await freePort()];
  await pointAt(join(manifests, 'provider.yaml'), `http://127.0.0.1:${provider}`);

  const behaviour = join(EXAMPLES, 'demo/behaviour.yaml');
  const address = (port: number) => `127.0.0.1:${port}`;
  const simulate = ['simulate-provider', '--listen', address(provider), '--behaviour', behaviour];
  const run = [
    'run',
    '--manifests',
    manifests,
    '--state',
    state,
    '--listen',
    address(listen),
    '--admin',
    address(admin),
  ];
  const children = [startChild('provider', simulate, folder), startChild('run', run, folder)];
  return {
    folder,
    manifests,
    url: `http://${address(listen)}`,
    model: `${NAMESPACE}/${RELEASE}`,
    children,
    async ready(signal) {
      const model = encodeURIComponent(`${NAMESPACE}/${RELEASE}`);
      await readiness(`http://${address(admin)}/readyz`, children, signal);
      // The gateway is ready before the first release has been looked at.
      await readiness(`http://${address(listen)}/v1/models/${model}`, children, signal);
    },
    apply: (version) => copyFile(join(EXAMPLES, `demo/${version}.yaml`), join(manifests, 'release.yaml')),
    status: () => readStatus(join(state, 'status', NAMESPACE, 'PromptRelease', `${RELEASE}.yaml`)),
  };
}

async function readiness(url: string, children: Child[], signal: AbortSignal): Promise<void> {
  const failed = Promise.race(children.map((child) => child.failed));
  const limit = AbortSignal.any([signal, AbortSignal.timeout(READY_LIMIT_MS)]);
  for (;;) {
    const answer = await fetch(url, { signal: limit }).catch(() => undefined);
    if (answer?.ok) return;
    signal.throwIfAborted();
    if (limit.aborted) throw new Error(`${url} did not turn ready within ${READY_LIMIT_MS / 1000} s`);
    await Promise.race([sleep(50), failed]);
  }
}

/** The quickstart names a fixed port; here it is a free one. */
async function pointAt(path: string, url: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const changed = text.replace(/http:\/\/127\.0\.0\.1:\d+/, url);
  if (changed === text) throw new Error(`${path} names no provider on 127.0.0.1`);
  await writeFile(path, changed);
}

async function readStatus(path: string): Promise<ReleaseStatus> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return (load(text) as { status?: ReleaseStatus }).status ?? {};
}
