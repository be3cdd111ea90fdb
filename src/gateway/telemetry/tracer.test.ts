import type { Attempt } from '../attempt.ts';
import { CallError } from '../errors.ts';
import type { BackendTarget } from '../table.ts';
import { type TracerOptions, tracer } from './tracer.ts';

interface Sent {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code: number };
  attributes: { key: string; value: unknown }[];
}

const backend = {
  name: 'b',
  model: 'm',
  provider: { name: 'p', origin: 'https://api.example' },
} as BackendTarget;
const failure = {
  kind: 'failure',
  outcome: 'timeout',
  error: new CallError('provider_timeout', 'too late'),
} satisfies Attempt;

function tracing(over: Partial<TracerOptions> = {}) {
  const spans: Sent[] = [];
  const send = (span: string) => void spans.push(JSON.parse(span) as Sent);
  return { spans, ...tracer({ send, sample: 1, tellProviders: false, ...over }) };
}

test('a call that the gateway refused has a span that names the error, and its tries', () => {
  const { spans, begin } = tracing();
  const trace = begin('chat n/r')!;
  trace.attempt(backend).ended(failure);
  trace.end('budget_exceeded');
  const [call, tried] = spans as [Sent, Sent];
  expect(call).toMatchObject({ name: 'chat n/r', ...trace.ids, status: { code: 2 } });
  expect(call.parentSpanId).toBeUndefined();
  expect(call.attributes).toEqual([{ key: 'error.type', value: { stringValue: 'budget_exceeded' } }]);
  expect(tried).toMatchObject({ traceId: call.traceId, parentSpanId: call.spanId, status: { code: 2 } });
  expect(tried.attributes).toContainEqual({ key: 'error.type', value: { stringValue: 'timeout' } });
  expect(tried.attributes).toContainEqual({ key: 'server.port', value: { intValue: '443' } });
});

test('a stream ends with its call; what was not sent, or came after the call, has no span', () => {
  const { spans, begin } = tracing();
  const trace = begin('chat n/r')!;
  trace.attempt(backend).ended({ ...failure, unspoken: true });
  trace.attempt(backend).ended({ kind: 'stream' } as Attempt);
  trace.end('internal_error');
  trace.attempt(backend).ended(failure);
  expect(spans).toHaveLength(2);
  expect(spans[1]!.endTimeUnixNano).toBe(spans[0]!.endTimeUnixNano);
});

test('the share that is traced is of calls whose caller does not say', () => {
  let drawn = 0;
  const { begin } = tracing({ sample: 0.25, random: () => drawn });
  expect(begin('a')).toBeDefined();
  drawn = 0.25;
  expect(begin('a')).toBeUndefined();
  const parent = (flags: string) => `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`;
  expect(begin('a', parent('01'))).toBeDefined();
  drawn = 0;
  expect(begin('a', parent('00'))).toBeUndefined();
  expect(begin('a', 'no traceparent')).toBeDefined();
});

test('providers are told what was decided, and never what came after the call', () => {
  const { spans, begin } = tracing({ sample: 0, tellProviders: true });
  const trace = begin('a')!;
  expect(trace.ids).toBeUndefined();
  expect(trace.attempt(backend).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  trace.end('internal_error');
  expect(trace.attempt(backend).traceparent).toBeUndefined();
  expect(spans).toEqual([]);
  expect(tracing().begin('a')!.attempt(backend).traceparent).toBeUndefined();
});
