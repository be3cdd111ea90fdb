import type { ReleaseKind } from '../../api/resource.ts';
import { costOf } from '../../cost/cost.ts';
import type { Detector } from '../../privacy/span.ts';
import { callsOf } from '../asked.ts';
import type { CallRequest } from '../dialects/endpoint.ts';
import type { Part } from '../draw.ts';
import { marking } from '../privacy/marking.ts';
import { givenVariables } from '../prompt.ts';
import { promptText } from '../prompt-text.ts';
import type { Received } from '../receive.ts';
import type { Tried } from '../tries.ts';

/** A revision that gave the answer, and the split that the call was drawn from. */
export interface SampledRevision {
  kind: ReleaseKind;
  namespace: string;
  name: string;
  uid: string;
  attempt: number;
  weight: number;
  revision: string;
}

/** A call and its answer, for suites to score. Texts are redacted. */
export interface Sample {
  /** Where the call fell between 0 and 1, whatever answered it: it is of every share above that. */
  place: number;
  revisions: SampledRevision[];
  /** The ModelRoute that it went over, in the namespace of the releases. */
  route: string;
  vars: Record<string, unknown>;
  /** The messages as they were sent, as one text. */
  prompt: string;
  /** The tools that were offered, in OpenAI's form. */
  tools?: unknown[];
  answer: {
    text: string;
    toolCalls: { name: string; arguments: string }[];
    finishReason?: string;
    refused?: true;
    latencyMs: number;
    costUSD?: number;
  };
}

/** What came of a call on the revisions that it was drawn to. */
export interface Answered {
  call: Pick<CallRequest, 'body'> & { id: string };
  parts: readonly Part[];
  tried: Tried;
  came: Received;
  /** When the call began, on the clock of `performance.now()`. */
  begun: number;
}

const isOpenAI = (tool: unknown): boolean => typeof tool === 'object' && tool !== null && 'function' in tool;

/** Longest sample, in characters: texts of calls far beyond would fill queue and judge. */
export const MOST_CHARACTERS = 256 * 1024;

/** The sample of an answered call; undefined where the answer is longer than can be scored. */
export function sampleOf(
  { call, parts, tried, came, begun }: Answered,
  place: number,
  detectors: readonly Detector[],
): Sample | undefined {
  const { draw, endpoint, last, sent, secrets } = tried;
  const { answer, endedAt } = came;
  if (answer === undefined || (answer.text === undefined && !answer.refused)) return undefined;
  const toolCalls = callsOf(answer);
  if (toolCalls === undefined) return undefined;
  const { text = '', finishReason, refused, usage } = answer;
  const [vars, asked] = [givenVariables(call.body), endpoint.asked(sent)];
  const textOf = (messages: unknown) =>
    Array.isArray(messages) ? promptText(messages) : JSON.stringify(messages);
  const tools = Array.isArray(sent.tools) ? sent.tools.filter(isOpenAI) : undefined;
  const length = text.length + textOf(asked).length + JSON.stringify([vars, tools, toolCalls]).length;
  if (length > MOST_CHARACTERS) return undefined;
  const cost = costOf(last.backend?.price, usage);
  // A number that is private is 0: what suites hold against a schema keeps its form.
  const { value, text: clean } = marking(detectors, secrets, () => 0);
  return {
    place,
    revisions: parts.map(({ entry: { kind, namespace, name, uid, attempt, weight }, revision }) => {
      return { kind, namespace, name, uid, attempt, weight, revision };
    }),
    route: draw.route.entry.name,
    vars: value(vars) as Sample['vars'],
    prompt: textOf(value(asked)),
    ...(tools && { tools: value(tools) as unknown[] }),
    answer: {
      text: clean(text),
      toolCalls: toolCalls.map((each) => ({ name: clean(each.name), arguments: clean(each.arguments) })),
      ...(finishReason !== undefined && { finishReason: clean(finishReason) }),
      ...(refused && { refused }),
      latencyMs: endedAt - begun,
      ...(cost !== undefined && { costUSD: cost / 1_000_000 }),
    },
  };
}
