import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type OtlpSettings, SIGNALS, type Signal } from '../gateway/telemetry/otlp/settings.ts';
import { messageOf } from '../lib/log.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

/** The collector that a gateway tells of its calls. */
export interface OtlpOptions {
  otlpEndpoint?: string;
  otlpHeadersFile?: string;
  traceSample: number;
  traceProviders?: true;
}

export const addOtlpOptions = (command: Command): Command =>
  command
    .addOption(
      // Its value is checked later: commander would repeat one that it refuses, with the credentials in it.
      new Option(
        '--otlp-endpoint <url>',
        'collector that traces, metrics and records are sent to, by OTLP over HTTP; omitted: none',
      ).env('OTEL_EXPORTER_OTLP_ENDPOINT'),
    )
    .addOption(
      new Option(
        '--otlp-headers-file <file>',
        'file with headers for it, NAME=VALUE on each line; or $OTEL_EXPORTER_OTLP_HEADERS',
      ).env('SLUICE_OTLP_HEADERS_FILE'),
    )
    .addOption(
      new Option(
        '--trace-sample <share>',
        'how many calls are traced, 0 to 1, of those whose caller does not say',
      )
        .argParser(parseShare)
        .default(0.1)
        .env('SLUICE_TRACE_SAMPLE'),
    )
    .option('--trace-providers', 'pass the trace on to providers, in traceparent');

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The collector that the options and OpenTelemetry's own variables name, if they do.
 * @param replica the name of this process among its like
 * @param worker its number, where several make one replica: whatever names the replica, each has a name of its own
 * @throws UsageError where they cannot be meant; never with what an URL or a header holds.
 */
export async function otlpOf(
  options: OtlpOptions,
  replica: string,
  env: Environment = process.env,
  worker?: number,
): Promise<{ otlp?: OtlpSettings }> {
  const { otlpEndpoint, otlpHeadersFile, traceSample, traceProviders } = options;
  const urls = env.OTEL_SDK_DISABLED === 'true' ? {} : urlsOf(otlpEndpoint, env);
  if (Object.keys(urls).length === 0) return {};
  if (env.OTEL_EXPORTER_OTLP_PROTOCOL === 'grpc')
    throw new UsageError(
      'OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken: give http/json, and the port for HTTP, mostly 4318',
    );
  const given = pairsOf('OTEL_RESOURCE_ATTRIBUTES', env.OTEL_RESOURCE_ATTRIBUTES);
  const instance = given['service.instance.id'] ?? replica;
  return {
    otlp: {
      urls,
      headers: {
        ...pairsOf('OTEL_EXPORTER_OTLP_HEADERS', env.OTEL_EXPORTER_OTLP_HEADERS),
        ...(otlpHeadersFile && (await headersIn(otlpHeadersFile))),
      },
      gzip: env.OTEL_EXPORTER_OTLP_COMPRESSION === 'gzip',
      timeoutMs: milliseconds(env, 'OTEL_EXPORTER_OTLP_TIMEOUT', 10_000),
      metricsEachMs: milliseconds(env, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000),
      resource: {
        'service.version': version(),
        'service.name': 'sluice-gateway',
        ...given,
        'service.instance.id': worker === undefined ? instance : `${instance}/${worker}`,
        ...(env.OTEL_SERVICE_NAME && { 'service.name': env.OTEL_SERVICE_NAME }),
      },
      sample: traceSample,
      tellProviders: traceProviders ?? false,
    },
  };
}

function urlsOf(endpoint: string | undefined, env: Environment): Partial<Record<Signal, string>> {
  const urls: Partial<Record<Signal, string>> = {};
  for (const signal of SIGNALS) {
    const name = signal.toUpperCase();
    if (env[`OTEL_${name}_EXPORTER`] === 'none') continue;
    const own = env[`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`];
    if (own) urls[signal] = checkUrl(`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`, own);
    else if (endpoint)
      urls[signal] = `${checkUrl('--otlp-endpoint', endpoint).replace(/\/$/, '')}/v1/${signal}`;
  }
  return urls;
}

function checkUrl(name: string, text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${name}: write it as http://HOST:4318, with a path where it has one`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError(
      `${name}: take the credentials out of the URL, where others can read them; put them into a file as a header and name it by --otlp-headers-file`,
    );
  return url.href;
}

async function headersIn(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--otlp-headers-file cannot be read: ${messageOf(error)}`);
  });
  return pairsOf(path, text.trim().replaceAll(/\r?\n/g, ','));
}

const HEADER = /^[\w.!#$%&'*+^`|~/-]+$/;

/** Reads `a=1,b=2`, with what is special in percents. */
function pairsOf(name: string, text = ''): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const read = decoded(value.trim());
    if (!HEADER.test(key.trim()) || read === undefined || /[\r\n\0]/.test(read))
      throw new UsageError(`${name}: write it as NAME=VALUE,NAME=VALUE; a comma within a value is %2C`);
    pairs[key.trim()] = read;
  }
  return pairs;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function milliseconds(env: Environment, name: string, usual: number): number {
  const text = env[name];
  if (!text) return usual;
  const ms = Number(text);
  if (Number.isInteger(ms) && ms > 0) return ms;
  throw new UsageError(`${name}: give milliseconds, ${usual} for example`);
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('give a share from 0 to 1, 0.1 for example.');
}
