import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import type { Rollout } from '../../src/api/rollout.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import type { RuleInput } from '../../src/simulator/rule.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually } from '../eventually.ts';
import { type Callers, startCallers } from '../processes/callers.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';

const apiVersion = 'sluice.dev/v1alpha1';

/** `sluice run` on a folder of its own, with the release `triage` serving `good` from a provider simulator. */
export interface Stage {
  simulator: Simulator;
  /** The program as it runs now. */
  sluice: () => SluiceProcess;
  /** Where callers come in now. */
  url: () => string;
  path: (...parts: string[]) => string;
  /** Saves the manifest of a release with this system message. */
  release(
    name: string,
    content: string,
    over?: { rollout?: Rollout; annotations?: Record<string, string> },
  ): Promise<void>;
  until(name: string, wanted: (status: ReleaseStatus) => boolean, ms?: number): Promise<ReleaseStatus>;
  /** Calls a release until the stage is stopped or called again; `onAnswer` sees each answer's headers. */
  call(name: string, perSecond: number, onAnswer?: (headers: Headers) => void): Callers;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStage(rules: RuleInput[], rollout: Rollout): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-run-'));
  const path = (...parts: string[]) => join(folder, ...parts);
  const simulator = await startSimulator({ rules, seed: 5 });
  let sluice: SluiceProcess;
  let url: string;
  const callers = new Set<Callers>();

  const apply = (name: string, object: object) =>
    writeFile(path('manifests', `${name}.yaml`), dump({ apiVersion, ...object }));

  const stage: Stage = {
    simulator,
    sluice: () => sluice,
    url: () => url,
    path,
    release: (name, content, over = {}) =>
      apply(name, {
        kind: 'PromptRelease',
        metadata: { name, annotations: over.annotations ?? {} },
        spec: {
          routeRef: { name: 'fast' },
          prompt: { messages: [{ role: 'system', content }] },
          rollout: over.rollout ?? rollout,
        },
      }),
    until(name, wanted, ms = 45_000) {
      let last: ReleaseStatus | undefined;
      const file = path('state', 'status', 'default', 'PromptRelease', `${name}.yaml`);
      return eventually(
        () => `${name}: ${JSON.stringify(last)}\n${sluice.output().slice(-1000)}`,
        async () => {
          const text = await readFile(file, 'utf8').catch(() => '{}');
          last = (load(text) as { status?: ReleaseStatus }).status ?? {};
          return wanted(last) ? last : undefined;
        },
        ms,
        200,
      );
    },
    call(name, perSecond, onAnswer) {
      const started = startCallers(url, name, perSecond, onAnswer);
      callers.add(started);
      return started;
    },
    async start() {
      const addresses = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
      sluice = startSluice(['run', '--manifests', path('manifests'), '--state', path('state'), ...addresses]);
      url = String((await sluice.logged(({ msg }) => msg === 'the gateway listens')).url);
    },
    async stop() {
      await Promise.all([...callers].map((each) => each.stop()));
      await sluice.kill('SIGTERM');
      await simulator.close(100);
      await rm(folder, { recursive: true, force: true });
    },
  };

  await mkdir(path('manifests'));
  await apply('provider', {
    kind: 'ModelProvider',
    metadata: { name: 'sim' },
    spec: {
      dialect: 'OpenAI',
      baseURL: simulator.baseURL,
      models: [{ name: 'm', pricesPerMillion: { input: '1', output: '4' } }],
    },
  });
  const backends = [{ name: 'one', providerRef: { name: 'sim' }, model: 'm' }];
  await apply('route', { kind: 'ModelRoute', metadata: { name: 'fast' }, spec: { backends } });
  await stage.release('triage', 'good');
  await stage.start();
  await stage.until('triage', ({ phase }) => phase === 'Healthy');
  return stage;
}
