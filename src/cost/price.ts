import type { ModelProviderSpec } from '../api/model-provider.ts';

/** USD per million tokens, which is millionths of a USD for each. */
export interface Rates {
  input: number;
  /** Of the part of the input that the provider had cached. */
  cachedInput: number;
  /** Of the part of the input that the provider wrote to its cache; absent: as other input. */
  cacheWrite?: number;
  /** Absent for what answers in no tokens, such as embeddings. */
  output?: number;
}

/** What a model's tokens cost. */
export interface Price extends Rates {
  /** What all tokens of a call cost whose input is longer than so many tokens; the longest last. */
  above?: readonly (Rates & { inputTokens: number })[];
}

/** Prices of models as their providers list them. */
export interface PriceList {
  /** Which list it is, for people. */
  version: string;
  /** Undefined where the list does not know the host or the model, or no one price holds. */
  priceOf(baseURL: string, model: string): Price | undefined;
}

type Given = Pick<ModelProviderSpec, 'models'> & Partial<Pick<ModelProviderSpec, 'baseURL'>>;

/**
 * The price of a model of a provider: what the resource says, and from the list what it leaves open, tiers included. Undefined where
 * that of input stays unknown: half a price would make a cost that is too low. Input read from the cache or
 * written to it costs what other input does where nothing else is said.
 */
export function priceOf(given: Given, model: string, list?: PriceList): Price | undefined {
  const { said, listed } = sourcesOf(given, model, list);
  if (said === undefined) return listed;
  const base = ratesOf(said, listed);
  if (base === undefined || !leavesOpen(said, listed)) return base;
  const above = listed?.above?.map((tier) => ({ inputTokens: tier.inputTokens, ...ratesOf(said, tier)! }));
  return { ...base, ...(above && { above }) };
}

/** Who names the price of a model, for records: `ModelProvider`, the version of the list, or both; undefined where there is none. */
export function pricesNamedBy(given: Given, model: string, list?: PriceList): string | undefined {
  const { said, listed } = sourcesOf(given, model, list);
  if (said === undefined) return listed && list?.version;
  if (ratesOf(said, listed) === undefined) return undefined;
  return leavesOpen(said, listed) ? `ModelProvider, ${list!.version}` : 'ModelProvider';
}

type Said = { [rate in keyof Rates]?: string | undefined };

function sourcesOf(
  { baseURL, models = [] }: Given,
  model: string,
  list: PriceList | undefined,
): { said: Said | undefined; listed: Price | undefined } {
  const said = models.find(({ name }) => name === model)?.pricesPerMillion ?? {};
  const listed = baseURL === undefined ? undefined : list?.priceOf(baseURL, model);
  const own = Object.values(said).some((price) => price !== undefined);
  return { said: own ? said : undefined, listed };
}

/** What is said, over the rates that are listed, of a tier or the first. */
function ratesOf(said: Said, listed: Rates | undefined): Rates | undefined {
  const input = numberOf(said.input) ?? listed?.input;
  const output = numberOf(said.output) ?? listed?.output;
  if (input === undefined) return undefined;
  // A listed discount is one on the listed price only.
  const cachedInput = numberOf(said.cachedInput) ?? (said.input === undefined ? listed?.cachedInput : input);
  const cacheWrite = numberOf(said.cacheWrite) ?? (said.input === undefined ? listed?.cacheWrite : undefined);
  return {
    input,
    cachedInput: cachedInput ?? input,
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(output !== undefined && { output }),
  };
}

/** Whether the list fills in what a resource does not say. */
const leavesOpen = (said: Said, listed: Price | undefined): boolean =>
  listed !== undefined &&
  (said.input === undefined || (said.output === undefined && listed.output !== undefined));

const numberOf = (decimal: string | undefined): number | undefined =>
  decimal === undefined ? undefined : Number(decimal);
