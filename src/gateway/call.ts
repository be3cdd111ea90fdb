import type { Allowance } from './budgets/allowance.ts';
import type { Budgets, ChainOfCall } from './budgets/budgets.ts';
import { isSpent } from './budgets/within.ts';
import type { CachedCall, ResponseCache } from './cache/response-cache.ts';
import type { CallTokens } from './call-token.ts';
import { chargeOf } from './charge.ts';
import { type Cancelling, cancelling } from './deadline.ts';
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
import { isStopping, noRoom } from './failure.ts';
import { isCallersFault } from './fault.ts';
import { feedbackToken } from './feedback-token.ts';
import type { CallerResponse } from './http/server/caller.ts';
import { isPrivacyRefusal } from './privacy/guard.ts';
import type { CallRecord } from './record.ts';
import { recordedOf } from './recorded.ts';
import { degradedOf, reply } from './reply.ts';
import type { Sampler } from './samples/sampler.ts';
import type { PromptEntry, RouteEntry } from './table.ts';
import { type Tried, type TriedRequest, type TryOptions, tryBackends, unsent } from './tries.ts';
import type { CallsUnderWay } from './under-way.ts';

export interface CallDeps extends TryOptions {
  book: EvidenceBook;
  tokens: CallTokens;
  /** Hands a call that has been answered, and is not its caller's own fault, to the candidates in shadow. */
  copy: (call: Call, drawn: Draw) => void;
  /** Keeps the answer for suites to score, where it is drawn. */
  sample: Sampler['offer'];
  /** Holds the call to the budgets of what it uses. */
  budgets: Pick<Budgets, 'look' | 'allow'>;
  /** Answers to identical calls. */
  answers: Pick<ResponseCache, 'open'>;
  now: () => Date;
  /** The calls that the end of the gateway has to end. */
  underWay: Pick<CallsUnderWay, 'began' | 'ended'>;
}

export interface Call extends TriedRequest, Pick<CachedCall, 'caller' | 'cacheControl'> {
  id: string;
  entry: PromptEntry | RouteEntry;
  /** What keeps the caller on one revision, or something random. */
  key: string;
  /** The chain that its caller says it belongs to. */
  chain?: ChainOfCall;
}

/**
 * The life of a call, from the draw to its record: the revisions drawn are tried; a candidate that failed before its
 * first byte is answered by stable; each release is charged once, on the revision that was drawn.
 * @throws CallError 429 where a budget leaves no room for it.
 */
export async function serveCall(deps: CallDeps, call: Call, response: CallerResponse): Promise<CallRecord> {
  const drawn = call.endpoint.split ? drawCall(call.entry, call.key, call.pin) : stableOf(call.entry);
  const unread = deps.budgets.look(drawn, call);
  if (unread !== undefined) await unread;
  const allowance = deps.budgets.allow(drawn, call);
  const ending = cancelling();
  deps.underWay.began(ending);
  let record: CallRecord | undefined;
  try {
    record = await serveDrawn(deps, call, drawn, allowance, response, ending);
    return record;
  } finally {
    allowance?.settle(record);
    deps.underWay.ended(ending);
  }
}

async function serveDrawn(
  deps: CallDeps,
  call: Call,
  drawn: Draw,
  allowance: Allowance | undefined,
  response: CallerResponse,
  ending: Cancelling,
): Promise<CallRecord> {
  const begun = performance.now();
  const at = deps.now();
  const follow = followCaller(response, ending);
  const streams = call.body.stream === true;
  const within = allowance?.within;
  const cache = deps.answers.open(call, drawn);
  const noEvidence = cache?.isEvidence === false;
  const options = cache === undefined ? deps : { ...deps, cache };

  const first =
    allowance?.over === undefined
      ? // Stable answers a candidate's failure without a wait: nothing is asked again before that.
        await tryBackends(options, drawn, call, follow, within, mayRescue(drawn))
      : {
          endpoint: call.endpoint,
          draw: drawn,
          last: noRoom(allowance.over),
          sent: unsent(call.body, drawn),
          unjudged: [],
          tries: 0,
        };
  const noneAsked = refuseOver(first);
  const failed =
    first.last.kind === 'failure' && first.last.outcome !== 'client_cancelled' && !isStopping(first.last);
  const mayBeRescued = failed && !noneAsked && mayRescue(drawn) && !isSpent(within, streams);
  const rescue =
    mayBeRescued && (await tryBackends(options, stableDraw(drawn), call, follow, within).catch(unasked));
  const rescued = rescue !== false && !isOver(rescue);
  const served = rescued ? rescue : first;

  const warned = allowance?.warned() ?? [];
  const { revision, arm } = shown(call, served.draw);
  const headers = {
    'x-sluice-revision': revision,
    'x-sluice-call': feedbackToken(deps.tokens, { id: call.id, at, noEvidence }, served),
    ...cache?.told(served.hit),
    ...(warned.length > 0 && { 'x-sluice-budget': warned.join(', ') }),
  };
  const replied = await reply(response, served, headers, streams);
  if (
    call.endpoint.evidence &&
    !noEvidence &&
    !noneAsked &&
    !isCallersFault(drawn, first.failure?.made ?? first.last, rescued ? served.last : undefined)
  ) {
    const charge = chargeOf(first, replied, begun);
    const parts = partsOf(drawn).filter(({ entry }) => !first.unjudged.includes(entry));
    for (const { entry, revision } of parts) deps.book.charge(entry, revision, charge);
    deps.sample({ call, parts, tried: first, came: replied, begun });
    if (charge.outcome !== 'client_cancelled' && charge.outcome !== 'gateway_error') deps.copy(call, drawn);
  }
  return {
    ...recordedOf(served, replied, begun),
    id: call.id,
    at,
    entry: call.entry,
    revision,
    arm,
    latencyMs: performance.now() - begun,
    rescued: rescued
      ? { revision: shown(call, first.draw).revision, outcome: first.failure!.outcome }
      : undefined,
    degraded: replied.degraded,
    tries: first.tries + (rescue === false ? 0 : rescue.tries),
    trace: call.trace?.ids,
  };
}

/**
 * Whether a budget left no room for a call, whose answer is the degraded one then.
 * @throws CallError 429 where it is refused, or there is no such answer.
 */
function refuseOver({ endpoint, draw, last }: Tried): boolean {
  if (last.kind !== 'failure' || last.over === undefined) return false;
  const { degrade, error } = last.over;
  if (!degrade || degradedOf(endpoint, draw) === undefined) throw error;
  return true;
}

const isOver = ({ last }: Tried): boolean => last.kind === 'failure' && last.over !== undefined;

/** Stable may not be sent what is private: then the candidate's failure stands, is charged and recorded. */
function unasked(error: unknown): false {
  if (isPrivacyRefusal(error)) return false;
  throw error;
}

/** Tells the call's clock when the caller goes, whichever backend it is waiting for by then. */
function followCaller(response: CallerResponse, { follow, cancel }: Cancelling): Cancelling['follow'] {
  // It may have gone while budgets were read: then nothing says so any more.
  if (response.destroyed) cancel();
  else
    response.once('close', () => {
      if (!response.writableFinished) cancel();
    });
  return follow;
}

/** The revision of what the caller named, and which of the two it is. */
function shown({ entry }: Call, draw: Draw): { revision: string; arm: 'stable' | 'candidate' } {
  if (entry.kind === 'PromptRelease') return { revision: promptArm(draw)!.revision, arm: draw.prompt!.side };
  return { revision: routeArm(draw).revision, arm: draw.route.side };
}
