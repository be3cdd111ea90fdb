import { randomUUID } from 'node:crypto';
import { readBody } from './body.ts';
import { chainIn } from './budgets/chain.ts';
import { type CallDeps, serveCall } from './call.ts';
import { entryFor } from './callers/allowed.ts';
import { ANYBODY, type Caller } from './callers/caller.ts';
import { tableOf } from './current-table.ts';
import type { Body, Endpoint } from './dialects/endpoint.ts';
import { CallError, type ErrorCode } from './errors.ts';
import type { CallerRequest, CallerResponse } from './http/server/caller.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Pin } from './pin.ts';
import type { CallRecord, RecordSink } from './record.ts';
import type { ResponseIds } from './response-ids.ts';
import { stickyKey } from './split.ts';
import type { Table } from './table.ts';
import type { Tracer } from './telemetry/tracer.ts';

export interface EndpointDeps extends CallDeps {
  table: () => Table | undefined;
  metrics: GatewayMetrics;
  records: RecordSink;
  /** Numbers in [0, 1): where a call falls that nothing keeps on one revision. */
  random: () => number;
  /** Makes traces of calls; absent where none are sent. */
  tracer?: Tracer;
}

/**
 * Serves one call of an endpoint that costs something, from its body to its record.
 * @throws CallError where it is not served, and nothing has been answered
 */
export async function serveEndpoint(
  deps: EndpointDeps,
  endpoint: Endpoint,
  caller: Caller,
  request: CallerRequest,
  response: CallerResponse,
): Promise<void> {
  const body = await readBody(request);
  const { model, stream = null } = body;
  if (typeof model !== 'string' || model === '')
    throw new CallError('invalid_request', 'model must be a name', 'model');
  // A provider that reads "yes" as true would stream an answer that is awaited in one piece.
  if (stream !== null && typeof stream !== 'boolean')
    throw new CallError('invalid_request', 'stream must be true or false', 'stream');
  const entry = entryFor(tableOf(deps), model, caller);
  const { metrics, records, random, responses } = deps;
  const pin = goOn(endpoint, body, responses);
  const key = stickyKey(entry.stickyHeader, request.headers, body) ?? String(random());
  const headers = passed(endpoint, request);
  const chain = chainIn(request.headers);
  const trace = deps.tracer?.begin(
    `${endpoint.operation} ${entry.namespace}/${entry.name}`,
    traceParentOf(request),
  );
  let record: CallRecord | undefined;
  let refusal: ErrorCode = 'internal_error';
  metrics.began();
  try {
    record = await serveCall(
      deps,
      {
        id: randomUUID(),
        entry,
        caller,
        cacheControl: request.headers['cache-control'],
        key,
        endpoint,
        headers,
        ...(pin && { pin }),
        ...(trace && { trace }),
        body,
        ...(chain !== undefined && { chain: { caller: caller.name, chain } }),
      },
      response,
    );
    if (caller !== ANYBODY) record.caller = caller.name;
    records.write(record);
  } catch (error) {
    if (error instanceof CallError) refusal = error.code;
    throw error;
  } finally {
    metrics.ended(record);
    trace?.end(record ?? refusal);
  }
}

/** What a call goes on with; names the answer before as its provider does. */
function goOn({ goesOn }: Endpoint, body: Body, responses: ResponseIds | undefined): Pin | undefined {
  const before = goesOn === undefined ? undefined : body[goesOn];
  if (goesOn === undefined || responses === undefined || typeof before !== 'string') return undefined;
  const { id, pin } = responses.read(before);
  body[goesOn] = id;
  return pin;
}

/** What of a caller's headers goes on to the provider. */
function passed({ passes = [] }: Endpoint, { headers }: CallerRequest): Record<string, string> {
  const on: Record<string, string> = {};
  for (const name of passes) {
    const value = headers[name];
    if (typeof value === 'string') on[name] = value;
  }
  return on;
}

function traceParentOf({ headers: { traceparent } }: CallerRequest): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}
