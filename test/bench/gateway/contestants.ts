import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../src/lib/free-port.ts';
import { ANSWER, bodyOf } from './calls.ts';
import { answering, startFile, startPart, startProgram } from './processes.ts';
import type { Target } from './stream-load.ts';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../../.cache/bench-peers');
const PEERS = join(import.meta.dirname, 'peers');

/** What stands behind the proxies. */
export interface Upstreams {
  /** Answers plain calls as fast as anything can. */
  plain: string;
  /** Answers plain and streamed ones. */
  streams: string;
}

/** A proxy that is measured, one in front of each upstream. */
export interface Contestant {
  name: string;
  /** `pid` is the process that it is, or that started those that it is. */
  plain: Target & { pid: number };
  streams: Target & { pid: number };
  /** Why it is left out where streams are measured; absent where it streams. */
  noStreams?: string;
}

type Start = (upstream: string) => Promise<Target & { pid: number }>;

const chatUrl = (base: string) => `${base}/v1/chat/completions`;

const nginxWith =
  (workers: number): Start =>
  async (upstream) => {
    const port = await freePort();
    const proxy = `location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }`;
    const pid = await nginx(
      `upstream up { server ${new URL(upstream).host}; keepalive 4096; keepalive_requests 100000000; }`,
      `listen 127.0.0.1:${port} backlog=4096; ${proxy}`,
      workers,
    );
    return { url: chatUrl(`http://127.0.0.1:${port}`), headers: {}, pid };
  };

/** No callers are told apart in any of those that are measured. */
const ENV_OF_LITELLM = {
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true',
};

const KEY = 'the-key-of-all-callers-that-are-measured';
const BUDGETED = { budgets: { dailyUSD: '1000000', perCallUSD: '10', firstToken: '60s', total: '300s' } };
const REDACTING = { privacy: { redact: ['EMAIL', 'PHONE', 'CARD', 'IBAN'] } };

/** What can be measured here, by the name that it has in the tables. */
export const STARTS: Record<string, Start> = {
  nginx: nginxWith(1),
  'nginx, 2 workers': nginxWith(2),
  'bare Node proxy': async (upstream) => {
    const { pid, line } = await startPart('bare', upstream);
    return { url: chatUrl(line), headers: {}, pid };
  },
  Sluice: sluiceWith({}),
  'Sluice, all but privacy': sluiceWith({ key: KEY, route: BUDGETED }),
  'Sluice, all on': sluiceWith({ key: KEY, route: { ...BUDGETED, ...REDACTING } }),
  'Sluice, 2 workers': async (upstream) => {
    const { pid, line } = await startFile('sluice-workers.ts', upstream, '2');
    return { url: chatUrl(line), headers: {}, pid };
  },
  Portkey: async (upstream) => {
    const folder = join(CACHE, 'portkey');
    await mkdir(folder, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) await cp(join(PEERS, file), join(folder, file));
    await run('npm', ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']);
    const port = await freePort();
    const server = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
    const { pid } = startProgram(process.execPath, [server, `--port=${port}`, '--headless'], {
      TRUSTED_CUSTOM_HOSTS: '127.0.0.1',
    });
    const headers = {
      authorization: 'Bearer none',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${upstream}/v1`,
    };
    return { url: chatUrl(`http://127.0.0.1:${port}`), headers, pid: pid! };
  },
  LiteLLM: async (upstream) => {
    const folder = join(CACHE, 'litellm');
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/pip'), ['install', '-q', '-r', join(PEERS, 'requirements.txt')]);
    const port = await freePort();
    const config = join(folder, `${port}.yaml`);
    const model = { model: 'openai/m', api_base: `${upstream}/v1`, api_key: 'none' };
    await writeFile(
      config,
      JSON.stringify({ model_list: [{ model_name: 'triage', litellm_params: model }] }),
    );
    const args = ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'];
    const { pid } = startProgram(join(folder, 'bin/litellm'), args, ENV_OF_LITELLM);
    return { url: chatUrl(`http://127.0.0.1:${port}`), headers: { authorization: 'Bearer none' }, pid: pid! };
  },
};

function sluiceWith(asked: { key?: string; route?: object }): Start {
  return async (upstream) => {
    const { pid, line } = await startPart('sluice', upstream, JSON.stringify(asked));
    const headers = { ...(asked.key !== undefined && { authorization: `Bearer ${asked.key}` }) };
    return { url: chatUrl(line), headers, pid };
  };
}

/** Starts one in front of both upstreams, and waits until it answers. @throws Error where it cannot be had here. */
export async function startContestant(name: string, { plain, streams }: Upstreams): Promise<Contestant> {
  const contestant: Contestant = {
    name,
    plain: await STARTS[name]!(plain),
    streams: await STARTS[name]!(streams),
  };
  for (const { url, headers } of [contestant.plain, contestant.streams]) {
    const call = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: bodyOf(100),
    };
    await answering(() => fetch(url, call), 60_000);
  }
  const noStreams = await streamProblem(contestant.streams);
  if (noStreams !== undefined) contestant.noStreams = noStreams;
  return contestant;
}

async function streamProblem({ url, headers }: Target): Promise<string | undefined> {
  const all = { 'content-type': 'application/json', ...headers };
  const body = bodyOf(100, { chunks: 3, ms: 1 });
  const response = await fetch(url, { method: 'POST', headers: all, body });
  const text = await response.text();
  return text.includes('word2')
    ? undefined
    : `a stream is answered with ${response.status} ${text.slice(0, 200)}`;
}

/** The upstreams: nginx answers plain calls, a Node process streams. */
export async function startUpstreams(): Promise<Upstreams & { pids: number[] }> {
  const port = await freePort();
  const answer = `default_type application/json; return 200 '${ANSWER}';`;
  const pid = await nginx('', `listen 127.0.0.1:${port} backlog=4096; location / { ${answer} }`);
  const streams = await startPart('provider');
  return { plain: `http://127.0.0.1:${port}`, streams: streams.line, pids: [pid, streams.pid] };
}

/** One process, as one of each is compared; of several workers a master beside them. */
async function nginx(http: string, server: string, workers = 1): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-nginx-'));
  const bodies = `client_body_temp_path ${folder}; proxy_temp_path ${folder}; client_max_body_size 0; client_body_buffer_size 2m`;
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; master_process ${workers === 1 ? 'off' : 'on'}; worker_processes ${workers}; pid ${folder}/pid; error_log stderr error; worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http { access_log off; keepalive_requests 100000000; ${bodies}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
${http}
server { ${server} } }
`,
  );
  const { pid } = startProgram('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')]);
  return pid!;
}
