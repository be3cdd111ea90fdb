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
 * The price of a model of a provider: what the resource says, and from the list what it leaves open. Undefined where
 * that of input stays unknown: half a price would make a cost that is too low. Input read from the cache or
 * written to it costs what other input does where nothing else is said.
 */
export function priceOf({ baseURL, models = [] }: Given, model: string, list?: PriceList): Price | undefined {
  const said = models.find(({ name }) => name === model)?.pricesPerMillion ?? {};
  const listed = baseURL === undefined ? undefined : list?.priceOf(baseURL, model);
  const own = Object.values(said).some((price) => price !== undefined);
  if (!own) return listed;
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

const numberOf = (decimal: string | undefined): number | undefined =>
  decimal === undefined ? undefined : Number(decimal);
