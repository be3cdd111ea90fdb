import type { Message, Prompt } from '../api/prompt-release.ts';
import { parseTemplate, renderTemplate } from '../api/template.ts';
import { costOf } from '../cost/cost.ts';
import type { Price } from '../cost/price.ts';
import { type CountTokens, TOKENS_PER_CALL, TOKENS_PER_MESSAGE } from '../cost/tokens.ts';
import { type Case, completed } from './cases.ts';

/** A part of what is sent, and its tokens in the mean of the cases. */
export interface Part {
  /** `messages[0]`, `tools`, `responseSchema`, or `the caller's messages`. */
  name: string;
  /** Who speaks, of a message. */
  role?: string;
  tokens: number;
  /** The template, to tell messages apart. */
  content?: string;
}

/** What one call is estimated to take, in the mean of the cases. */
export interface Estimate {
  inputTokens: number;
  outputTokens: number;
  parts: readonly Part[];
  /** Millionths of a USD; undefined where the price is not known. */
  inputCost?: number;
  cost?: number;
}

/**
 * Estimates a call of a prompt.
 * @throws SyntaxError where a message is no template.
 */
export function estimate(
  prompt: Prompt,
  cases: readonly Case[],
  outputTokens: number,
  price: Price | undefined,
  count: CountTokens,
): Estimate {
  const makers = prompt.messages.map((message, at) => partOf(message, at, count));
  const callers = prompt.messages.some(({ placeholder }) => placeholder !== undefined);
  if (!callers) makers.push(callersPart(count));
  const fixed = [
    ['tools', prompt.tools],
    ['responseSchema', prompt.responseSchema],
  ] as const;
  for (const [name, value] of fixed) {
    if (value === undefined) continue;
    const tokens = count(JSON.stringify(value));
    makers.push({ part: { name }, tokens: () => tokens });
  }
  const rows = cases.map((each) => {
    const vars = completed(prompt, each);
    return makers.map(({ tokens }) => tokens(vars, each));
  });
  const sums = rows.map((row) => TOKENS_PER_CALL + row.reduce((sum, tokens) => sum + tokens, 0));
  const costs = (outputs: number) =>
    sums.map((inputTokens) => costOf(price, { inputTokens, outputTokens: outputs }));
  const [inputCost, cost] = [mean(costs(0)), mean(costs(outputTokens))];
  return {
    inputTokens: mean(sums)!,
    outputTokens,
    parts: makers.map(({ part }, at) => ({ ...part, tokens: mean(rows.map((row) => row[at]!))! })),
    ...(inputCost !== undefined && { inputCost }),
    ...(cost !== undefined && { cost }),
  };
}

interface Maker {
  part: Omit<Part, 'tokens'>;
  tokens(vars: Record<string, unknown>, each: Case): number;
}

function partOf({ role, content, placeholder }: Message, at: number, count: CountTokens): Maker {
  if (placeholder !== undefined) return callersPart(count);
  const template = parseTemplate(content ?? '');
  const part = { name: `messages[${at}]`, role: role!, content: content! };
  if (template.every((each) => 'text' in each)) {
    const tokens = TOKENS_PER_MESSAGE + count(renderTemplate(template, {}));
    return { part, tokens: () => tokens };
  }
  return { part, tokens: (vars) => TOKENS_PER_MESSAGE + count(renderTemplate(template, vars)) };
}

const callersPart = (count: CountTokens): Maker => ({
  part: { name: "the caller's messages" },
  tokens: (_vars, { messages = [] }) =>
    messages.reduce((sum, { content }) => sum + TOKENS_PER_MESSAGE + count(content), 0),
});

function mean(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return values.length === 0 ? undefined : sum / values.length;
}

/** A part that is not what it was. */
export interface PartChange {
  name: string;
  role?: string;
  before: number;
  after: number;
}

/**
 * Which parts take more or fewer tokens than before. Messages that stayed as they were at the beginning and at the end
 * stand for each other; those between do by their order.
 */
export function partChanges(before: readonly Part[], after: readonly Part[]): PartChange[] {
  const isMessage = ({ content }: Part) => content !== undefined;
  const [old, now] = [before.filter(isMessage), after.filter(isMessage)];
  const same = (a: Part | undefined, b: Part | undefined) => a?.role === b?.role && a?.content === b?.content;
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && same(old[head], now[head])) head++;
  let tail = 0;
  while (tail < shorter - head && same(old.at(-1 - tail), now.at(-1 - tail))) tail++;
  const pairs: [Part | undefined, Part | undefined][] = [];
  for (let at = 0; at < Math.max(old.length, now.length); at++) {
    if (at < head) pairs.push([old[at], now[at]]);
    else {
      const [was, is] = [
        at < old.length - tail ? old[at] : undefined,
        at < now.length - tail ? now[at] : undefined,
      ];
      if (was || is) pairs.push([was, is]);
    }
  }
  for (let at = tail; at > 0; at--) pairs.push([old.at(-at), now.at(-at)]);
  const others = new Set([...before, ...after].filter((part) => !isMessage(part)).map(({ name }) => name));
  for (const name of others) {
    const named = (parts: readonly Part[]) => parts.find((part) => part.name === name);
    pairs.push([named(before), named(after)]);
  }
  return pairs.flatMap(([was, is]) => {
    const part = is ?? was;
    const [from, to] = [was?.tokens ?? 0, is?.tokens ?? 0];
    if (part === undefined || from === to) return [];
    return [{ name: part.name, ...(part.role && { role: part.role }), before: from, after: to }];
  });
}
