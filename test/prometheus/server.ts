import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { freePort } from '../../src/lib/free-port.ts';
import { startDaemon } from '../control-plane/daemon.ts';
import { eventually } from '../eventually.ts';
import { prometheusProgram } from './program.ts';

/** A Prometheus of the test's own. */
export interface TestPrometheus {
  url: string;
  /** Ends it at once (SIGKILL). Its data stay. */
  kill(): Promise<void>;
  /** Starts it again with the same port and data, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a Prometheus on loopback that scrapes `targets` (`host:port` by job) each second, from about 5 s after its start
 * on. It ends with this process at the latest. Throws, naming the remedy, where there is none to be had.
 */
export async function startPrometheus(targets: Record<string, string>): Promise<TestPrometheus> {
  const program = await prometheusProgram();
  const directory = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(directory, 'prometheus.yml');
  await writeFile(config, configOf(targets));

  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=native-histograms,exemplar-storage',
    '--log.level=error',
  ];
  const launch = async () => {
    const started = startDaemon(program, args, directory);
    await eventually(
      () => `Prometheus answers; it said: ${started.lastWords()}`,
      () => {
        if (!started.isRunning()) throw new Error(`Prometheus did not start: ${started.lastWords()}`);
        return isReady(url);
      },
    );
    return started;
  };

  let daemon = await launch();
  return {
    url,
    kill: () => daemon.kill(),
    async start() {
      daemon = await launch();
    },
    async stop() {
      await daemon.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  const answer = await request(`${url}/-/ready`).catch(() => undefined);
  await answer?.body.dump();
  return answer?.statusCode === 200;
}

/** JSON is YAML too. */
function configOf(targets: Record<string, string>): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: Object.entries(targets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    })),
  });
}
