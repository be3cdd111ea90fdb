import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { otlpOf } from './otlp.ts';
import { UsageError } from './usage-error.ts';

const options = { traceSample: 0.1 };
const of = async (env: Record<string, string>, over: object = {}) =>
  (await otlpOf({ ...options, ...over }, 'g-0', env)).otlp;

test('without an endpoint nothing is sent', async () => {
  expect(await of({ OTEL_EXPORTER_OTLP_HEADERS: 'a=b' })).toBeUndefined();
  expect(await of({ OTEL_SDK_DISABLED: 'true' }, { otlpEndpoint: 'http://c:4318' })).toBeUndefined();
});

test('an endpoint takes all signals, each at its own path, by what OpenTelemetry says of the variables', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://prometheus:9090/api/v1/otlp/v1/metrics',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc%3D=, x-scope = team',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    OTEL_METRIC_EXPORT_INTERVAL: '15000',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=theirs,k8s.namespace.name=sluice-system',
    OTEL_SERVICE_NAME: 'edge',
  };
  expect(await of(env, { otlpEndpoint: 'https://collector/base/', traceProviders: true })).toEqual({
    urls: {
      traces: 'https://collector/base/v1/traces',
      metrics: 'http://prometheus:9090/api/v1/otlp/v1/metrics',
    },
    headers: { authorization: 'Bearer abc==', 'x-scope': 'team' },
    gzip: true,
    timeoutMs: 2000,
    metricsEachMs: 15_000,
    resource: {
      'service.name': 'edge',
      'service.version': expect.any(String),
      'service.instance.id': 'g-0',
      'k8s.namespace.name': 'sluice-system',
    },
    sample: 0.1,
    tellProviders: true,
  });
});

test.each([
  [{}, 'g-0/2'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=pod-7' }, 'pod-7/2'],
])('of several workers each has a name of its own: %j', async (env, id) => {
  const { otlp } = await otlpOf({ otlpEndpoint: 'http://c:4318', traceSample: 0.1 }, 'g-0', env, 2);
  expect(otlp!.resource['service.instance.id']).toBe(id);
});

test('a file of headers wins over the variable', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-headers-'));
  const path = join(folder, 'headers');
  await writeFile(path, 'authorization=Bearer from-file\r\nx-scope=other\n');
  const env = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer env' };
  const sent = await of(env, { otlpEndpoint: 'http://c:4318', otlpHeadersFile: path });
  expect(sent!.headers).toEqual({ authorization: 'Bearer from-file', 'x-scope': 'other' });
  await rm(folder, { recursive: true });
});

test.each([
  [{}, { otlpEndpoint: 'collector:4318' }, '--otlp-endpoint: write it as http://HOST:4318'],
  [{}, { otlpEndpoint: 'http://me:planted@c:4318' }, 'take the credentials out of the URL'],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'planted' }, {}, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: write it as'],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, { otlpEndpoint: 'http://c' }, 'mostly 4318'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'Bearer planted' }, { otlpEndpoint: 'http://c' }, 'NAME=VALUE,NAME=VALUE'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=planted%0d' }, { otlpEndpoint: 'http://c' }, 'NAME=VALUE,NAME=VALUE'],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=planted%' },
    { otlpEndpoint: 'http://c' },
    'a comma within a value is %2C',
  ],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '15s' }, { otlpEndpoint: 'http://c' }, 'give milliseconds, 60000'],
  [{}, { otlpEndpoint: 'http://c', otlpHeadersFile: '/nowhere' }, '--otlp-headers-file cannot be read'],
])('%j %j cannot be meant, and is not repeated', async (env, over, hint) => {
  const error = await of(env, over).catch((thrown: unknown) => thrown as Error);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toContain(hint);
  expect((error as Error).message).not.toContain('planted');
});
