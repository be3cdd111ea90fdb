import { type Log, messageOf } from '../lib/log.ts';
import { textHash } from '../lib/text-hash.ts';
import type { ReadOptions } from './answer.ts';
import { AskedJson } from './asked-json.ts';
import type { CallRequest, Endpoint, SentRequest } from './dialects/endpoint.ts';
import { type Draw, promptArm } from './draw.ts';
import { CallError } from './errors.ts';
import type { Failure } from './failure.ts';
import { withoutOverruled } from './own-cuts.ts';
import { type GuardOptions, guarded } from './privacy/guard.ts';
import { type Restoration, restoration } from './privacy/restore-value.ts';
import { callSecrets } from './privacy/secrets.ts';
import { readOptions } from './read-options.ts';
import type { ResponseIds } from './response-ids.ts';
import type { BackendTarget } from './table.ts';

export interface WritingOptions extends GuardOptions {
  log: Log;
  /** Keeps conversations where they are; absent where there are none. */
  responses?: ResponseIds;
}

/** A call as it is for one backend. */
export interface Written {
  /** What is sent, in the endpoint's form and without its model. */
  sent: Record<string, unknown>;
  request: SentRequest;
  /** The hash of what is said to the model; absent where nothing of it is recorded. */
  promptHash: string | undefined;
  /** What the answer is held against. */
  read: ReadOptions;
  /** Puts back what was redacted; undefined where nothing was. */
  restore: Restoration | undefined;
}

/**
 * Puts the prompt drawn around a call, and has what is private in it redacted as its route says.
 * @returns what is broken, where the two cannot be put together
 * @throws CallError where nothing may leave
 */
export async function writtenFor(
  options: WritingOptions,
  draw: Draw,
  call: CallRequest,
  backend: BackendTarget,
): Promise<Written | { broken: Failure }> {
  const { endpoint, body, headers } = call;
  const arm = promptArm(draw);
  let rendered: Record<string, unknown>;
  try {
    rendered =
      arm === undefined
        ? { ...withoutOverruled(body, backend.parameters), ...backend.parameters }
        : arm.render(body, backend.parameters, endpoint);
  } catch (error) {
    return { broken: unrendered(options, arm?.revision, error) };
  }
  let sent = rendered;
  let restore: Restoration | undefined;
  const { privacy, logContent } = draw.route.entry;
  if (privacy !== undefined) {
    call.secrets ??= callSecrets(goesOn(endpoint, body));
    sent = await guarded(rendered, draw, privacy, call.secrets, options);
    const { values } = call.secrets.vault;
    if (privacy.action === 'Redact' && values.size > 0)
      restore = restoration(values, isJson(endpoint.answerForm(sent)));
  }
  const { responses } = options;
  const asked = new AskedJson(endpoint.asked(sent));
  const request = {
    endpoint,
    body: sent,
    asked,
    ...(headers && { headers }),
    ...(endpoint.goesOn !== undefined &&
      responses && { mark: (id: string) => responses.give(id, draw, backend.provider) }),
  };
  return {
    sent,
    request,
    promptHash: logContent === 'None' || asked.text === undefined ? undefined : textHash(asked.text),
    read: readOptions(endpoint, arm, backend, body, rendered, restore),
    restore,
  };
}

/**
 * A call that cannot be rendered. What is wrong in it is the caller's fault, or not: that shows when stable is asked too,
 * see `fault.ts`. A revision that the gateway cannot render is neither caller's nor provider's fault.
 */
function unrendered({ log }: WritingOptions, revision: string | undefined, error: unknown): Failure {
  if (error instanceof CallError) return { kind: 'failure', outcome: 'upstream_4xx', error };
  log.error({ revision, error: messageOf(error) }, 'a prompt could not be rendered');
  const failure = new CallError('internal_error', 'the gateway failed');
  return { kind: 'failure', outcome: 'gateway_error', error: failure };
}

/** Whether the provider keeps what was said before. */
function goesOn({ goesOn }: Endpoint, body: Record<string, unknown>): boolean {
  return goesOn !== undefined && (body[goesOn] != null || body.conversation != null);
}

function isJson(form: { type?: unknown } | null | undefined): boolean {
  return form != null && form.type !== 'text';
}
