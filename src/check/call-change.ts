import type { Prompt } from '../api/prompt-release.ts';
import { type PriceList, priceOf } from '../cost/price.ts';
import { type CountTokens, type Encoding, encodingOf } from '../cost/tokens.ts';
import { formatPercent } from '../lib/percent.ts';
import type { Case } from './cases.ts';
import { type Estimate, estimate, type PartChange, partChanges } from './count.ts';
import type { Called } from './release.ts';
import type { CallChange, CallFigures } from './report.ts';

export interface Estimating {
  prices: PriceList;
  tokenizer(encoding: Encoding): CountTokens;
  /** Tokens of an answer, as the user says. */
  outputTokens?: number;
  /** Share (0–1) by which a call may cost more. */
  maxCostIncrease: number;
}

/** A prompt and what it calls, on one side. */
export interface Callable {
  prompt: Prompt;
  called: Called;
  parameters?: Record<string, unknown>;
}

/** Tokens of an answer where nothing at all is said of it. */
const OUTPUT_TOKENS = 256;

/** What a call took before and takes now, on the same cases. */
export function callChange(
  before: Callable | undefined,
  after: Callable | undefined,
  { cases, from }: { cases: readonly Case[]; from: string },
  options: Estimating,
): CallChange {
  const limits = [before, after]
    .flatMap((each) => (each ? [limitOf(each)] : []))
    .filter((each) => each !== undefined);
  // The same on both sides: how long answers become is not known, and a limit is not what they take.
  const outputTokens = options.outputTokens ?? (limits.length > 0 ? Math.min(...limits) : OUTPUT_TOKENS);
  const [old, now] = [before, after].map((each) => each && figuresOf(each, cases, outputTokens, options));
  return {
    basis: 'estimated',
    ...(old && { before: old.figures }),
    ...(now && { after: now.figures }),
    parts: old && now ? partChanges(old.estimated.parts, now.estimated.parts) : [],
    cases: cases.length,
    casesFrom: from,
  };
}

function limitOf({ parameters, called }: Callable): number | undefined {
  const { max_completion_tokens: most, max_tokens: older } = { ...called.backend.parameters, ...parameters };
  const limit = most ?? older;
  return typeof limit === 'number' && limit > 0 ? limit : undefined;
}

function figuresOf(
  { prompt, called }: Callable,
  cases: readonly Case[],
  outputTokens: number,
  { prices, tokenizer }: Estimating,
): { estimated: Estimate; figures: CallFigures } {
  const { model } = called.backend;
  const encoding = encodingOf(model);
  const price = called.provider && priceOf(called.provider, model, prices);
  const estimated = estimate(prompt, cases, outputTokens, price, tokenizer(encoding));
  const { inputTokens, inputCost, cost } = estimated;
  const figures = {
    model,
    encoding,
    inputTokens,
    outputTokens,
    ...(inputCost !== undefined && { inputUSD: inputCost / 1e6 }),
    ...(cost !== undefined && { callUSD: cost / 1e6 }),
  };
  return { estimated, figures };
}

/** Why a call costs too much more than before; undefined where it does not. */
export function tooDear(
  { basis, before, after, parts }: CallChange,
  { maxCostIncrease, outputTokens }: Pick<Estimating, 'maxCostIncrease' | 'outputTokens'>,
): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  const grown = (from: number | undefined, to: number | undefined) =>
    from !== undefined && to !== undefined && to > from * (1 + maxCostIncrease) + 1e-12;
  const most = `more than ${formatPercent(maxCostIncrease)} more`;
  const known = before.callUSD !== undefined && after.callUSD !== undefined;
  if (known && grown(before.callUSD, after.callUSD)) {
    return `a call costs ${usd(after.callUSD!)} instead of ${usd(before.callUSD!)}${rise(before.callUSD!, after.callUSD!)}, ${most}${whatGrew(parts)}`;
  }
  // How long answers are nobody said: then the input must keep to the limit by itself.
  const [from, to] = known ? [before.inputUSD, after.inputUSD] : [before.inputTokens, after.inputTokens];
  if (known && (outputTokens !== undefined || basis === 'measured')) return undefined;
  if (!grown(from, to)) return undefined;
  const unit = known ? usd : (tokens: number) => `${Math.round(tokens)} tokens`;
  const why = known ? '' : ' (the price is not known)';
  return `the input of a call takes ${unit(to!)} instead of ${unit(from!)}${rise(from!, to!)}, ${most}${why}${whatGrew(parts)}`;
}

const rise = (from: number, to: number): string => (from > 0 ? ` (+${formatPercent(to / from - 1)})` : '');

function whatGrew(parts: readonly PartChange[]): string {
  const [most] = grownParts(parts);
  return most === undefined ? '' : `: ${partText(most)}`;
}

/** The parts that grew, the one that grew most first. */
export const grownParts = (parts: readonly PartChange[]): PartChange[] =>
  parts
    .filter(({ before, after }) => after > before)
    .sort((a, b) => b.after - b.before - (a.after - a.before));

export const partText = ({ name, role, before, after }: PartChange): string =>
  `${name}${role ? ` (${role})` : ''} ${after > before ? 'grew' : 'shrank'} from ${Math.round(before)} to ${Math.round(after)} tokens`;

/** USD to three figures that mean something. */
export function usd(amount: number): string {
  if (amount === 0) return '$0';
  const decimals = Math.max(2, 2 - Math.floor(Math.log10(amount)));
  return `$${amount.toFixed(Math.min(12, decimals))}`;
}
