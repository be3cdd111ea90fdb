import type { ServerResponse } from 'node:http';
import type { CallTokens } from './call-token.ts';
import { chargeOf } from './charge.ts';
import { cancelling, type Deadline } from './deadline.ts';
import type { CallRequest } from './dialects/endpoint.ts';
import {
  type Draw,
  drawCall,
  mayRescue,
  partsOf,
  promptArm,
  routeArm,
  stableDraw,
  stableOf,
} from './draw.ts';
import type { EvidenceBook } from './evidence.ts';
import { isCallersFault } from './fault.ts';
import type { CallRecord } from './record.ts';
import { recordedOf } from './recorded.ts';
import { reply } from './reply.ts';
import type { Sampler } from './samples/sampler.ts';
import type { PromptEntry, RouteEntry } from './table.ts';
import { type TryOptions, tryBackends } from './tries.ts';

export interface CallDeps extends TryOptions {
  book: EvidenceBook;
  tokens: CallTokens;
  /** Hands a call that has been answered, and is not its caller's own fault, to the candidates in shadow. */
  copy: (call: Call, drawn: Draw) => void;
  /** Keeps the answer for suites to score, where it is drawn. */
  sample: Sampler['offer'];
  now: () => Date;
}

export interface Call extends CallRequest {
  id: string;
  entry: PromptEntry | RouteEntry;
  /** What keeps the caller on one revision, or something random. */
  key: string;
}

/**
 * The life of a call, from the draw to its record: the revisions drawn are tried; a candidate that failed before its
 * first byte is answered by stable; each release is charged once, on the revision that was drawn.
 */
export async function serveCall(deps: CallDeps, call: Call, response: ServerResponse): Promise<CallRecord> {
  const begun = performance.now();
  const at = deps.now();
  const follow = followCaller(response);

  const drawn = call.endpoint.split ? drawCall(call.entry, call.key, call.pin) : stableOf(call.entry);
  const first = await tryBackends(deps, drawn, call, follow);
  const failed = first.last.kind === 'failure' && first.last.outcome !== 'client_cancelled';
  const rescued = failed && mayRescue(drawn);
  const served = rescued ? await tryBackends(deps, stableDraw(drawn), call, follow) : first;

  const headers = {
    'x-sluice-revision': shown(call, served.draw).revision,
    'x-sluice-call': tokenOf(deps.tokens, call, at, served.draw),
  };
  const replied = await reply(response, served, headers, call.body.stream === true);
  if (call.endpoint.evidence && !isCallersFault(drawn, first.last, rescued ? served.last : undefined)) {
    const charge = chargeOf(first, replied, begun);
    const parts = partsOf(drawn);
    for (const { entry, revision } of parts) deps.book.charge(entry, revision, charge);
    deps.sample({ call, parts, tried: first, came: replied, begun });
    if (charge.outcome !== 'client_cancelled' && charge.outcome !== 'gateway_error') deps.copy(call, drawn);
  }
  return {
    id: call.id,
    at,
    entry: call.entry,
    ...shown(call, served.draw),
    ...recordedOf(served, replied, begun),
    latencyMs: performance.now() - begun,
    ...(rescued && {
      rescued: { revision: shown(call, first.draw).revision, outcome: first.failure!.outcome },
    }),
    degraded: replied.degraded,
  };
}

/** Tells the call's clock when the caller goes, whichever backend it is waiting for by then. */
function followCaller(response: ServerResponse): (clock: Deadline) => void {
  const { follow, cancel } = cancelling();
  response.once('close', () => {
    if (!response.writableFinished) cancel();
  });
  return follow;
}

/** Feedback is for the revisions that answered, which after a rescue are not those that were charged. */
function tokenOf(tokens: CallTokens, { id }: Call, at: Date, draw: Draw): string {
  const answered = partsOf(draw).map(({ entry: { uid, attempt, weight }, revision }) => {
    return { uid, attempt, weight, revision };
  });
  return tokens.sign({ id, at: Math.floor(at.getTime() / 1000), answered });
}

/** The revision of what the caller named, and which of the two it is. */
function shown({ entry }: Call, draw: Draw): { revision: string; arm: 'stable' | 'candidate' } {
  if (entry.kind === 'PromptRelease') return { revision: promptArm(draw)!.revision, arm: draw.prompt!.side };
  return { revision: routeArm(draw).revision, arm: draw.route.side };
}
