import type { ModelProviderSpec } from '../api/model-provider.ts';

/** What a model's tokens cost: USD per million of them, which is millionths of a USD for each. */
export interface Price {
  input: number;
  /** Of the part of the input that the provider had cached. */
  cachedInput: number;
  output: number;
}

/**
 * The price of each model whose price is known whole, by its name. One that lacks input or output is not there: half a
 * price would make a cost that is too low. Cached input costs what other input does where nothing else is said.
 */
export function pricesOf({ models = [] }: Pick<ModelProviderSpec, 'models'>): ReadonlyMap<string, Price> {
  const prices = new Map<string, Price>();
  for (const { name, pricesPerMillion } of models) {
    const { input, cachedInput = input, output } = pricesPerMillion ?? {};
    if (input === undefined || cachedInput === undefined || output === undefined) continue;
    prices.set(name, { input: Number(input), cachedInput: Number(cachedInput), output: Number(output) });
  }
  return prices;
}
