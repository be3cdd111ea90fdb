import type { ReadOptions } from './answer.ts';
import type { Endpoint } from './dialects/endpoint.ts';
import { ownCuts } from './own-cuts.ts';
import type { Restoration } from './privacy/restore-value.ts';
import type { BackendTarget, PromptArm } from './table.ts';
import { callsToolWrongly, type ToolCall } from './tools.ts';

/**
 * What an answer is held against: as its caller gets it.
 * @param body what the caller sent
 * @param sent what the revision made of it
 */
export function readOptions(
  endpoint: Endpoint,
  arm: PromptArm | undefined,
  { parameters }: BackendTarget,
  body: Record<string, unknown>,
  sent: Record<string, unknown>,
  restore: Restoration | undefined,
): ReadOptions {
  const own = ownCuts(body, parameters, arm?.parameters);
  const satisfies = isCallersForm(endpoint, body, sent) ? undefined : arm?.answerSatisfies;
  return {
    ...(satisfies && { satisfies: restore ? (content) => satisfies(restore.json(content)) : satisfies }),
    ...(own && { own }),
    callsWrongly: (calls) =>
      callsToolWrongly(
        restore ? calls.map((call) => restoredCall(call, restore)) : calls,
        sent.tools,
        body.tools,
        arm?.argumentsSatisfy,
      ),
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

function restoredCall(call: ToolCall, { json }: Restoration): ToolCall {
  return call.args === undefined ? call : { ...call, args: json(call.args) };
}
