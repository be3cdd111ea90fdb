import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import type { EvidenceReading } from '../../src/api/evidence.ts';
import type { Resource } from '../../src/api/resource.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually } from '../eventually.ts';
import type { LogEntry } from '../processes/process.ts';
import type { ProgramOptions } from './program.ts';

const KEY = 'sk-planted-4711';

/** A gateway of several processes, its controllers, and a simulated provider. */
export interface WorkersStage {
  url: string;
  adminUrl: string;
  primary: ChildProcess;
  simulator: Simulator;
  /** Process ids of the workers that serve, by their numbers. */
  pids(): Map<number, number>;
  log: LogEntry[];
  /** Lines that came on standard output: records of calls. */
  lines: string[];
  put(kind: string, name: string, spec: object): void;
  /** An object with its status, as the controllers wrote it last. */
  get(kind: string, name: string): Resource | undefined;
  /** Puts route and release, and waits until every worker serves it. */
  serve(spec?: { route?: object; release?: object; provider?: object }): Promise<void>;
  evidence(): Promise<EvidenceReading[]>;
  metrics(accept?: string): Promise<string>;
  /** The value of one series; 0 where it is not there. */
  metric(series: string): Promise<number>;
  /** Ends the program and gives its exit code. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts the program of `program.ts`; resolves once all workers serve. */
export async function startWorkers(
  rules: Parameters<typeof startSimulator>[0]['rules'],
  over: Partial<ProgramOptions> = {},
): Promise<WorkersStage> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-workers-'));
  const simulator = await startSimulator({ rules, seed: 5, key: KEY });
  const snapshots = join(folder, 'snapshot.json');
  const options: ProgramOptions = { workers: 2, snapshots, secrets: [['support/sim/key', KEY]], ...over };
  const primary = startProgram(options);
  const log: LogEntry[] = [];
  const lines: string[] = [];
  createInterface({ input: primary.stdout! }).on('line', (line) => lines.push(line));
  createInterface({ input: primary.stderr! }).on('line', (line) => {
    log.push(line.startsWith('{') ? (JSON.parse(line) as LogEntry) : { msg: line });
  });
  const closed = once(primary, 'close');

  const stage: WorkersStage = {
    url: '',
    adminUrl: '',
    primary,
    simulator,
    log,
    lines,
    pids: () =>
      new Map(
        log
          .filter(({ msg }) => msg === 'the worker serves')
          .map(({ worker, pid }) => [Number(worker), Number(pid)]),
      ),
    put(kind, name, spec) {
      primary.stdin!.write(`${JSON.stringify({ kind, metadata: { name, namespace: 'support' }, spec })}\n`);
    },
    get: (kind, name) =>
      (JSON.parse(readFileSync(snapshots, 'utf8')) as { resources: Resource[] }).resources.find(
        (each) => each.kind === kind && each.metadata.name === name,
      ),
    async serve({ route = {}, release = {}, provider = {} } = {}) {
      const auth = { secretRef: { name: 'sim', key: 'key' } };
      stage.put('ModelProvider', 'sim', {
        dialect: 'OpenAI',
        baseURL: simulator.baseURL,
        auth,
        ...provider,
      });
      stage.put('ModelRoute', 'fast', {
        backends: [{ name: 'b', providerRef: { name: 'sim' }, model: 'model-a' }],
        ...route,
      });
      stage.put('PromptRelease', 'triage', {
        routeRef: { name: 'fast' },
        prompt: { messages: [{ role: 'system', content: 'You sort tickets.' }] },
        ...release,
      });
      await eventually('both releases are healthy', () =>
        [stage.get('PromptRelease', 'triage'), stage.get('ModelRoute', 'fast')].every(
          (each) => (each?.status as { phase?: string })?.phase === 'Healthy',
        ),
      );
      await eventually('every worker serves them', async () =>
        (await stage.evidence()).every(({ releases }) => releases.length === 2),
      );
    },
    evidence: async () => (await request(`${stage.adminUrl}/evidence`)).body.json() as never,
    metrics: async (accept = 'text/plain') =>
      (await request(`${stage.adminUrl}/metrics`, { headers: { accept } })).body.text(),
    async metric(series) {
      const line = (await stage.metrics()).split('\n').find((each) => each.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
    async end(signal = 'SIGTERM') {
      if (primary.exitCode === null && primary.signalCode === null) primary.kill(signal);
      await closed;
      return primary.exitCode;
    },
    async stop() {
      await stage.end();
      await simulator.close(100);
      await rm(folder, { recursive: true });
    },
  };
  await eventually(
    () => `all workers serve: ${JSON.stringify(log)}`,
    () => stage.pids().size === options.workers,
  );
  const listening = log.find(({ msg }) => msg === 'the gateway listens')!;
  stage.url = String(listening.url);
  stage.adminUrl = String(listening.admin);
  return stage;
}

/** Starts `program.ts` and nothing else. */
export const startProgram = (options: ProgramOptions): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'program.ts'), JSON.stringify(options)], {
    stdio: 'pipe',
    env: { ...process.env, NODE_OPTIONS: '' },
  });

/** Makes one call, over a connection of its own unless a dispatcher is given. */
export async function call(
  { url }: Pick<WorkersStage, 'url'>,
  content = 'hi',
  options: { dispatcher?: Parameters<typeof request>[1] & object } = {},
): Promise<{ status: number; token: string }> {
  const own = options.dispatcher ?? {};
  const { statusCode, headers, body } = await request(`${url}/v1/chat/completions`, {
    method: 'POST',
    reset: options.dispatcher === undefined,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'support/triage', messages: [{ role: 'user', content }] }),
    ...own,
  });
  await body.dump();
  return { status: statusCode, token: String(headers['x-sluice-call'] ?? '') };
}

/** The id of a call, of the token that its caller got. */
export const idOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.', 1)[0]!, 'base64url').toString()) as [number, string])[1];

/** Calls that were counted of a release, over all workers and outcomes. */
export const counted = (readings: readonly EvidenceReading[], kind = 'PromptRelease'): number[] =>
  readings.map(({ releases }) =>
    releases
      .flatMap(({ cells }) => cells)
      .filter(({ revision }) => revision.startsWith(kind === 'PromptRelease' ? 'triage' : 'fast'))
      .flatMap(({ outcomes }) => Object.values(outcomes))
      .reduce((sum, each) => sum + each, 0),
  );
