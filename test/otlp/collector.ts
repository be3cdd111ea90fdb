import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { freePort } from '../../src/lib/free-port.ts';
import { startDaemon } from '../control-plane/daemon.ts';
import { eventually } from '../eventually.ts';
import { goProgram } from '../go-program.ts';

/** OpenTelemetry Collector's receiver, in a process of its own. */
export interface Collector {
  /** What `--otlp-endpoint` takes. */
  url: string;
  /** All that it has parsed so far, as it wrote it. */
  text(): Promise<string>;
  /** The same, by kind and without what is around it. */
  received(): Promise<Received>;
  stop(): Promise<void>;
}

/** What the collector has parsed, its attributes as plain data. */
export interface Received {
  resources: Record<string, unknown>[];
  spans: Span[];
  metrics: Metric[];
  logs: LogRecord[];
}

type Attributes = Record<string, unknown>;

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attributes;
  status: { code?: number };
}

export interface LogRecord {
  timeUnixNano: string;
  severityText: string;
  eventName: string;
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

export interface Metric {
  name: string;
  unit?: string;
  kind: 'sum' | 'gauge' | 'histogram';
  points: (Attributes & { attributes: Attributes })[];
}

const goModule = join(import.meta.dirname, 'go');

/** The path of the program, built first if need be: leave it minutes. */
export async function collectorProgram(): Promise<string> {
  const sources = await Promise.all(['main.go', 'go.sum'].map((name) => readFile(join(goModule, name))));
  return goProgram({
    name: 'otlp-receiver',
    directory: goModule,
    version: createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 12),
    package: '.',
    linkerFlags: [],
    variable: 'SLUICE_TEST_OTLP_RECEIVER',
    takes: 'about a minute',
  });
}

/** Starts it on loopback. It ends with this process at the latest. */
export async function startCollector(): Promise<Collector> {
  const program = await collectorProgram();
  const directory = await mkdtemp(join(tmpdir(), 'sluice-otlp-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const path = join(directory, 'received.jsonl');
  const daemon = startDaemon(program, [url.slice('http://'.length), path], directory);
  await eventually(
    () => `the collector answers; it said: ${daemon.lastWords()}`,
    async () => {
      if (!daemon.isRunning()) throw new Error(`the collector did not start: ${daemon.lastWords()}`);
      const answer = await request(url).catch(() => undefined);
      await answer?.body.dump();
      return answer !== undefined;
    },
  );
  const text = () => readFile(path, 'utf8');
  return {
    url,
    text,
    async received() {
      // The last line may be half written.
      const lines = (await text()).split('\n').slice(0, -1);
      return receivedOf(lines.map((line) => JSON.parse(line) as Tree));
    },
    async stop() {
      await daemon.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** OTLP's JSON: too deep for types that say more than that. */
// biome-ignore lint/suspicious/noExplicitAny: every field is looked at by the tests
type Tree = any;

function receivedOf(requests: Tree[]): Received {
  const all = (key: string): Tree[] => requests.flatMap((each) => each[key] ?? []);
  const spans = all('resourceSpans');
  const metrics = all('resourceMetrics');
  const logs = all('resourceLogs');
  const items = (of: Tree[], scopes: string, name: string): Tree[] =>
    of.flatMap((each) => each[scopes]).flatMap((scope: Tree) => scope[name]);
  const named = (item: Tree) => ({ ...item, attributes: plain(item.attributes) });
  return {
    resources: [...spans, ...metrics, ...logs].map(({ resource }) => plain(resource.attributes)),
    spans: items(spans, 'scopeSpans', 'spans').map(named),
    logs: items(logs, 'scopeLogs', 'logRecords').map(named),
    metrics: items(metrics, 'scopeMetrics', 'metrics').map((metric: Tree) => {
      const kind = (['sum', 'gauge', 'histogram'] as const).find((each) => metric[each] !== undefined)!;
      const { name, unit } = metric;
      return { name, unit, kind, points: metric[kind].dataPoints.map(named) };
    }),
  };
}

function plain(attributes: Tree[] = []): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: Tree): unknown {
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.kvlistValue !== undefined) return plain(value.kvlistValue.values);
  return Object.values(value)[0];
}
