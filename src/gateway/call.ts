import type { ServerResponse } from 'node:http';
import type { Outcome } from '../api/evidence.ts';
import { type Log, messageOf } from '../lib/log.ts';
import { type Attempt, type AttemptOptions, attempt, mayFallBack } from './attempt.ts';
import type { Deadline } from './deadline.ts';
import { type Draw, drawCall, mayRescue, promptArm, routeArm, stableDraw } from './draw.ts';
import { CallError } from './errors.ts';
import type { EvidenceBook } from './evidence.ts';
import { isCallersFault } from './fault.ts';
import type { CallRecord } from './record.ts';
import { type Finished, reply } from './reply.ts';
import type { PromptEntry, RouteEntry } from './table.ts';
import type { Tried } from './tried.ts';

export interface CallDeps extends AttemptOptions {
  book: EvidenceBook;
  now: () => Date;
  log: Log;
}

export interface Call {
  id: string;
  entry: PromptEntry | RouteEntry;
  /** What keeps the caller on one revision, or something random. */
  key: string;
  body: Record<string, unknown>;
}

/**
 * The life of a call, from the draw to its record: the revisions drawn are tried; a candidate that failed before its
 * first byte is answered by stable; each release is charged with one outcome, on the revision that was drawn.
 */
export async function serveCall(deps: CallDeps, call: Call, response: ServerResponse): Promise<CallRecord> {
  const begun = performance.now();
  const at = deps.now();
  const follow = followCaller(response);

  const drawn = drawCall(call.entry, call.key);
  const first = await tryAll(deps, drawn, call.body, follow);
  const failed = first.last.kind === 'failure' && first.last.outcome !== 'client_cancelled';
  const rescued = failed && mayRescue(drawn);
  const served = rescued ? await tryAll(deps, stableDraw(drawn), call.body, follow) : first;

  const finished = await reply(
    response,
    served,
    headersOf(call, served.draw),
    call.body.stream === true,
    begun,
  );
  if (!isCallersFault(drawn, first.last, rescued ? served.last : undefined)) {
    const whole = first.failure === undefined && finished.schemaChecked;
    charge(deps.book, drawn, first.failure ?? finished.outcome, whole);
  }
  return recordOf(call, at, begun, { served, first, rescued, finished });
}

/** Tells the call's clock when the caller goes, whichever backend it is waiting for by then. */
function followCaller(response: ServerResponse): (clock: Deadline) => void {
  let current: Deadline | undefined;
  let gone = false;
  response.once('close', () => {
    gone = !response.writableFinished;
    if (gone) current?.cancel();
  });
  return (clock) => {
    current = clock;
    if (gone) clock.cancel();
  };
}

async function tryAll(
  deps: CallDeps,
  draw: Draw,
  body: Record<string, unknown>,
  follow: (clock: Deadline) => void,
): Promise<Tried> {
  const arm = promptArm(draw);
  const { backends } = routeArm(draw);
  let sent = body;
  let failure: Outcome | undefined;
  let last: Attempt | undefined;
  for (const backend of backends) {
    try {
      sent = arm === undefined ? { ...body, ...backend.parameters } : arm.render(body, backend.parameters);
    } catch (error) {
      if (!(error instanceof CallError)) return brokenArm(deps, draw, body, error);
      // Whose fault this is shows when stable is asked too: see `fault.ts`.
      return {
        draw,
        last: { kind: 'failure', outcome: 'upstream_4xx', error },
        failure: 'upstream_4xx',
        sent: body,
      };
    }
    const satisfies = isCallersForm(body, sent) ? undefined : arm?.answerSatisfies;
    const read = satisfies === undefined ? {} : { satisfies };
    last = await attempt(deps, backend, sent, read, follow);
    if (last.kind !== 'failure') break;
    failure ??= last.outcome;
    if (!mayFallBack(last)) break;
  }
  if (last === undefined) throw new CallError('internal_error', 'the route has no backend');
  return { draw, last, ...(failure !== undefined && { failure }), sent };
}

/**
 * Whether the caller asked for another form of answer than the revision's. What it gets then is no failure of the
 * revision, which a caller could have charged at will; JSON of any kind is still held against the schema.
 */
function isCallersForm(body: Record<string, unknown>, sent: Record<string, unknown>): boolean {
  const form = body.response_format as { type?: unknown } | null | undefined;
  return form != null && form === sent.response_format && form.type !== 'json_object';
}

/** A revision that the gateway cannot render: no caller's and no provider's fault, and answered by stable if it can be. */
function brokenArm({ log }: CallDeps, draw: Draw, sent: Record<string, unknown>, error: unknown): Tried {
  const revision = promptArm(draw)?.revision;
  log.error({ revision, error: messageOf(error) }, 'a prompt could not be rendered');
  const failure = new CallError('internal_error', 'the gateway failed');
  return {
    draw,
    last: { kind: 'failure', outcome: 'gateway_error', error: failure },
    failure: 'gateway_error',
    sent,
  };
}

function charge(book: EvidenceBook, drawn: Draw, outcome: Outcome, schemaChecked: boolean): void {
  const { prompt, route } = drawn;
  if (prompt !== undefined) book.charge(prompt.entry, promptArm(drawn)!.revision, outcome, schemaChecked);
  book.charge(route.entry, routeArm(drawn).revision, outcome, schemaChecked);
}

/** The revision of what the caller named, and which of the two it is. */
function shown({ entry }: Call, draw: Draw): { revision: string; arm: 'stable' | 'candidate' } {
  if (entry.kind === 'PromptRelease') return { revision: promptArm(draw)!.revision, arm: draw.prompt!.side };
  return { revision: routeArm(draw).revision, arm: draw.route.side };
}

function headersOf(call: Call, draw: Draw): Record<string, string> {
  return { 'x-sluice-revision': shown(call, draw).revision, 'x-sluice-call': call.id };
}

function recordOf(
  call: Call,
  at: Date,
  begun: number,
  { served, first, rescued, finished }: { served: Tried; first: Tried; rescued: boolean; finished: Finished },
): CallRecord {
  const { messages, model: _model, tools: _tools, ...rest } = served.sent;
  const { backend } = served.last;
  return {
    id: call.id,
    at,
    entry: call.entry,
    ...shown(call, served.draw),
    route: { name: served.draw.route.entry.name, revision: routeArm(served.draw).revision },
    ...(backend && { backend }),
    parameters: plainParameters(rest),
    messages,
    stream: call.body.stream === true,
    status: finished.status,
    outcome: finished.outcome,
    ...(finished.answer && { answer: finished.answer }),
    latencyMs: performance.now() - begun,
    ...(finished.firstTokenMs !== undefined && { firstTokenMs: finished.firstTokenMs }),
    ...(rescued && { rescued: { revision: shown(call, first.draw).revision, outcome: first.failure! } }),
    fallback: served.failure !== undefined && served.last.kind !== 'failure',
    degraded: finished.degraded,
  };
}

/** Numbers and switches only: text may be a caller's own and is no parameter. */
function plainParameters(sent: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sent).filter(([, value]) => typeof value === 'number' || typeof value === 'boolean'),
  );
}
