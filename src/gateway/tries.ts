import type { Outcome } from '../api/evidence.ts';
import { type Log, messageOf } from '../lib/log.ts';
import type { ReadOptions } from './answer.ts';
import { type Attempt, type AttemptOptions, attempt, mayFallBack } from './attempt.ts';
import { isSpent, type Within } from './budgets/within.ts';
import type { Deadline } from './deadline.ts';
import type { CallRequest, Endpoint } from './dialects/endpoint.ts';
import { type Draw, promptArm, routeArm } from './draw.ts';
import { CallError } from './errors.ts';
import { noRoom } from './failure.ts';
import type { Pin } from './pin.ts';
import { type ResponseIds, tagOf } from './response-ids.ts';
import type { BackendTarget, PromptArm } from './table.ts';
import { callsToolWrongly } from './tools.ts';

/** What came of a call on the revisions drawn, over the backends of the route. */
export interface Tried {
  endpoint: Endpoint;
  draw: Draw;
  last: Attempt;
  /** What the first backend failed with, even where a later one answered: fallback hides no failing revision. */
  failure?: { outcome: Outcome; afterMs: number };
  /** What was sent to the last backend, in the endpoint's form and without its model. */
  sent: Record<string, unknown>;
}

export interface TryOptions extends AttemptOptions {
  log: Log;
  /** Keeps conversations where they are; absent where there are none. */
  responses?: ResponseIds;
}

/**
 * Tries the backends of the route drawn, in order, until one answers or the call has taken what it may: `within`.
 * `onDeadline` hands out the clocks of each.
 * @throws CallError where the route has no backend.
 */
export async function tryBackends(
  options: TryOptions,
  draw: Draw,
  { endpoint, body, headers, pin }: CallRequest,
  onDeadline: (clock: Deadline) => void,
  within?: Within,
): Promise<Tried> {
  const begun = performance.now();
  const arm = promptArm(draw);
  let sent = body;
  let failure: Tried['failure'];
  let last: Attempt | undefined;
  const backends = pinned(routeArm(draw).backends, pin);
  for (const backend of backends) {
    if (!endpoint.split && backend.model !== backends[0]!.model) continue;
    try {
      sent =
        arm === undefined
          ? { ...body, ...backend.parameters }
          : arm.render(body, backend.parameters, endpoint);
    } catch (error) {
      const broken = unrendered(options.log, arm, error);
      return { endpoint, draw, last: broken, failure: { outcome: broken.outcome, afterMs: 0 }, sent: body };
    }
    const over = within?.admit?.(backend, sent);
    if (over !== undefined) {
      last ??= noRoom(over);
      continue;
    }
    const { responses } = options;
    const request = {
      endpoint,
      body: sent,
      ...(headers && { headers }),
      ...(endpoint.goesOn !== undefined &&
        responses && { mark: (id: string) => responses.give(id, draw, backend.provider) }),
    };
    const read = readOptions(endpoint, arm, body, sent);
    const made = await attempt(options, backend, request, read, onDeadline, within);
    // What a backend's dialect cannot say is no failing of the revision where another can.
    if (made.kind === 'failure' && made.unspoken) {
      last ??= made;
      continue;
    }
    last = made;
    if (last.kind !== 'failure') break;
    failure ??= { outcome: last.outcome, afterMs: performance.now() - begun };
    if (!mayFallBack(last) || isSpent(within, body.stream === true)) break;
  }
  if (last === undefined)
    throw new CallError('provider_error', 'no provider of the route may be asked: see the ModelRoute');
  if (last.kind === 'failure' && last.over === undefined) failure ??= { outcome: last.outcome, afterMs: 0 };
  return { endpoint, draw, last, ...(failure !== undefined && { failure }), sent };
}

/** The backends that can go on with a conversation: those of the provider that holds what was said before. */
function pinned(backends: readonly BackendTarget[], pin: Pin | undefined): readonly BackendTarget[] {
  if (pin === undefined) return backends;
  const holding = backends.filter(({ provider }) => tagOf(provider) === pin.provider);
  return holding.length > 0 ? holding : backends;
}

/**
 * A call that cannot be rendered. What is wrong in it is the caller's fault, or not: that shows when stable is asked too,
 * see `fault.ts`. A revision that the gateway cannot render is neither caller's nor provider's fault.
 */
function unrendered(log: Log, arm: PromptArm | undefined, error: unknown) {
  if (error instanceof CallError)
    return { kind: 'failure' as const, outcome: 'upstream_4xx' as const, error };
  log.error({ revision: arm?.revision, error: messageOf(error) }, 'a prompt could not be rendered');
  const failure = new CallError('internal_error', 'the gateway failed');
  return { kind: 'failure' as const, outcome: 'gateway_error' as const, error: failure };
}

/** What the answer is held against. */
function readOptions(
  endpoint: Endpoint,
  arm: PromptArm | undefined,
  body: Record<string, unknown>,
  sent: Record<string, unknown>,
): ReadOptions {
  const satisfies = isCallersForm(endpoint, body, sent) ? undefined : arm?.answerSatisfies;
  return {
    ...(satisfies && { satisfies }),
    callsWrongly: (calls) => callsToolWrongly(calls, sent.tools, body.tools, arm?.argumentsSatisfy),
  };
}

/**
 * Whether the caller asked for another form of answer than the revision's. What it gets then is no failure of the
 * revision, which a caller could have charged at will; JSON of any kind is still held against the schema.
 */
function isCallersForm(
  { answerForm }: Endpoint,
  body: Record<string, unknown>,
  sent: Record<string, unknown>,
): boolean {
  const form = answerForm(body);
  return form != null && form === answerForm(sent) && form.type !== 'json_object';
}
