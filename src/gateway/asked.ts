import { costOf } from '../cost/cost.ts';
import type { Answer } from './answer.ts';
import type { Failure } from './failure.ts';
import { promptText } from './prompt-text.ts';
import { type Received, receive } from './receive.ts';
import { againOf, type MayPass } from './retrying.ts';
import type { BackendTarget } from './table.ts';
import type { Tried } from './tries.ts';
import type { Usage } from './usage.ts';

/** What a revision answered. */
export interface AskedAnswer {
  text: string;
  toolCalls: { name: string; arguments: string }[];
  finishReason?: string;
  /** True where the provider said so, or its filter took the prompt; absent where it did not. */
  refused?: true;
  /** Time to the whole answer, in ms, without tries that failed before. */
  latencyMs: number;
  /** Absent where price or tokens are unknown. */
  costUSD?: number;
  tokens?: Usage;
  /** The messages as they were sent, as one text. */
  prompt: string;
  /** The tools that were offered, in OpenAI's form. */
  tools?: readonly unknown[];
  /** The model that was asked, as the provider names it. */
  model: string;
}

/** What an answer that nobody can use cost all the same, in USD; undefined where that is not known. */
export interface Charged {
  costUSD: number | undefined;
}

/** An answer, or in words why there is none: that is never the answer's fault. */
export type Asked = AskedAnswer | { error: string; charged?: Charged };

/** Reads what came of a try to its end. `begun` is when it began, on the clock of `performance.now()`. */
export async function readAsked(
  tried: Pick<Tried, 'last' | 'sent' | 'restore'>,
  begun: number,
): Promise<Asked | MayPass> {
  const came = await receive(tried.last);
  return tried.last.kind === 'failure'
    ? failed(tried.last, came)
    : answered(tried.last.backend, came, tried, begun);
}

function failed({ error, passed, backend, retryAfterMs }: Failure, { outcome }: Received) {
  const where = backend === undefined ? '' : `${backend.provider.name} ${backend.model}: `;
  const said = passed === undefined ? '' : saidBy(passed.body);
  return againOf(
    { outcome, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    `${where}${error.message}${said}`,
  );
}

function answered(
  backend: BackendTarget,
  { answer, endedAt }: Received,
  { sent, restore }: Pick<Tried, 'sent' | 'restore'>,
  begun: number,
): Asked {
  const where = `${backend.provider.name} ${backend.model}`;
  if (answer === undefined) return { error: `${where}: there was no answer` };
  const { text, refused, finishReason, usage } = answer;
  const cost = costOf(backend.price, usage);
  const charged = { costUSD: cost === undefined ? undefined : cost / 1_000_000 };
  if (text === undefined && !refused)
    return { error: `${where}: the answer is longer than can be judged`, charged };
  const calls = callsOf(answer);
  if (calls === undefined)
    return { error: `${where}: the answer calls more tools than can be judged`, charged };
  return {
    text: restore?.answer(text ?? '') ?? text ?? '',
    toolCalls: restore ? calls.map((call) => ({ ...call, arguments: restore.json(call.arguments) })) : calls,
    ...(finishReason !== undefined && { finishReason }),
    ...(refused && { refused }),
    latencyMs: endedAt - begun,
    ...(cost !== undefined && { costUSD: cost / 1_000_000 }),
    ...(usage && { tokens: usage }),
    prompt: promptText(restore ? restore.value(sent.messages) : sent.messages),
    ...(Array.isArray(sent.tools) && { tools: sent.tools }),
    model: backend.model,
  };
}

/** The tools that an answer calls; undefined where they are more than were kept. */
export function callsOf({ toolCalls, calls = [] }: Answer): AskedAnswer['toolCalls'] | undefined {
  if (calls.length < toolCalls) return undefined;
  return calls.map(({ name, args = '' }) => ({ name, arguments: args }));
}

/** The provider's own words, which are only here where they may be shown. */
export function saidBy(body: Buffer): string {
  try {
    const { error } = JSON.parse(body.toString('utf8')) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? `: ${error.message.slice(0, 300)}` : '';
  } catch {
    return '';
  }
}
