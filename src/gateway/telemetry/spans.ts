import { isFinished } from '../../api/evidence.ts';
import type { CallRecord } from '../record.ts';
import { FIELDS } from '../record-fields.ts';
import { severalTries } from '../record-line.ts';
import type { BackendTarget } from '../table.ts';
import type { TraceIds } from './histogram.ts';
import { ATTRIBUTES } from './names.ts';
import { attributes, nanoseconds } from './otlp/values.ts';

/** A try of a backend; moments are ms since 1970. */
export interface TriedBackend {
  spanId: string;
  backend: BackendTarget;
  startMs: number;
  endMs?: number;
  /** What came of it, but for one that answered: the call's record says that. */
  failed?: { outcome: string; status?: number };
}

/** Where a span is in its trace. */
export interface Place extends TraceIds {
  parentSpanId?: string;
}

const [SERVER, CLIENT] = [2, 3];
const ERROR = 2;

/** The span of a call, as OTLP writes it. What came of it is its record, or the code of the error that it was refused by. */
export function callSpan(
  place: Place,
  name: string,
  startMs: number,
  endMs: number,
  came: CallRecord | string,
): object {
  const failed = typeof came === 'string' ? came : failureOf(came);
  return {
    ...place,
    name,
    kind: SERVER,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributes({ ...(typeof came === 'object' && ofCall(came)), [ATTRIBUTES.errorType]: failed }),
    ...(failed !== undefined && { status: { code: ERROR } }),
  };
}

/** The span of one try of a backend, as OTLP writes it. */
export function attemptSpan(
  place: Place,
  { backend, startMs, endMs, failed }: TriedBackend,
  callStartMs: number,
  callEndMs: number,
  came: CallRecord | string,
): object {
  const record = typeof came === 'object' ? came : undefined;
  // What answered was tried last; one that was still read when the call ended shares its outcome.
  const answered = failed === undefined ? record : undefined;
  const error = failed?.outcome ?? (answered && failureOf(answered));
  return {
    ...place,
    name: `${record?.operation ?? 'call'} ${backend.model}`,
    kind: CLIENT,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs ?? callEndMs),
    attributes: attributes({
      [FIELDS.operation]: record?.operation,
      ...ofBackend(backend),
      [FIELDS.status]: failed?.status,
      ...(answered && ofAnswer(answered, startMs - callStartMs)),
      [ATTRIBUTES.errorType]: error,
    }),
    ...(error !== undefined && { status: { code: ERROR } }),
  };
}

const failureOf = ({ outcome }: CallRecord): string | undefined =>
  isFinished(outcome) ? undefined : outcome;

function ofCall(record: CallRecord): Record<string, unknown> {
  const { entry, route, rescued } = record;
  return {
    [FIELDS.operation]: record.operation,
    [FIELDS.call]: record.id,
    [FIELDS.kind]: entry.kind,
    [FIELDS.namespace]: entry.namespace,
    [FIELDS.release]: entry.name,
    [FIELDS.revision]: record.revision,
    [FIELDS.arm]: record.arm,
    [FIELDS.route]: route.name,
    [FIELDS.routeRevision]: route.revision,
    [FIELDS.outcome]: record.outcome,
    [FIELDS.status]: record.status,
    [FIELDS.stream]: record.stream,
    [FIELDS.rescuedFrom]: rescued?.revision,
    [FIELDS.rescuedOutcome]: rescued?.outcome,
    [FIELDS.fallback]: record.fallback || undefined,
    [FIELDS.tries]: severalTries(record),
    [FIELDS.degraded]: record.degraded || undefined,
    [FIELDS.cacheHit]: record.cacheAgeMs === undefined ? undefined : true,
    [FIELDS.team]: entry.team,
    [FIELDS.feature]: entry.feature,
  };
}

function ofBackend({ name, model, provider }: BackendTarget): Record<string, unknown> {
  const { hostname, port, protocol } = new URL(provider.origin);
  return {
    [FIELDS.backend]: name,
    [FIELDS.provider]: provider.name,
    [FIELDS.modelAsked]: model,
    [ATTRIBUTES.serverAddress]: hostname,
    [ATTRIBUTES.serverPort]: Number(port) || (protocol === 'https:' ? 443 : 80),
  };
}

function ofAnswer({ answer, firstTokenMs }: CallRecord, beganAfterMs: number): Record<string, unknown> {
  const { usage } = answer ?? {};
  return {
    [FIELDS.modelAnswered]: answer?.modelAnswered,
    [FIELDS.responseId]: answer?.responseId,
    [FIELDS.finishReasons]: answer?.finishReason === undefined ? undefined : [answer.finishReason],
    [FIELDS.inputTokens]: usage?.inputTokens,
    [FIELDS.outputTokens]: usage?.outputTokens,
    [FIELDS.cachedTokens]: usage?.cachedInputTokens,
    [FIELDS.cacheCreationTokens]: usage?.cacheCreationTokens,
    [ATTRIBUTES.firstChunk]: firstTokenMs === undefined ? undefined : (firstTokenMs - beganAfterMs) / 1000,
  };
}
