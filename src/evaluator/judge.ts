import type { EvalSuiteSpec } from '../api/eval-suite.ts';
import { costOf } from '../cost/cost.ts';
import { priceOf } from '../cost/price.ts';
import type { Helpers, Judge } from '../evals/grade.ts';
import { providerTarget } from '../gateway/arms.ts';
import { readAsked } from '../gateway/asked.ts';
import { attempt } from '../gateway/attempt.ts';
import { chat } from '../gateway/dialects/openai/chat.ts';
import { listedPrices } from '../gateway/listed-prices.ts';
import { calledOff, type RetryOptions, retrying } from '../gateway/retrying.ts';
import type { BackendTarget } from '../gateway/table.ts';
import { wayToProviders } from '../gateway/way.ts';
import { contentHash } from '../lib/canonical.ts';
import type { Log } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { askEmbeddings } from './embeddings.ts';

export interface JudgeOptions extends RetryOptions {
  source: Source;
  /** Namespace of the suite, and so of the provider. */
  namespace: string;
  /** `spec.judge` of the suite. */
  judge: NonNullable<EvalSuiteSpec['judge']>;
  /** Stands for the text of the judge's prompts: part of the version. */
  prompts: string;
  log?: Log;
  /** Breaks off what is under way. */
  signal?: AbortSignal | undefined;
  /** Told what each answer cost, in USD; undefined where that is not known. */
  spent?: (usd: number | undefined) => void;
}

/** A judge, and the embeddings of the same provider where the suite names a model for them. */
export interface ProviderJudge extends Pick<Helpers, 'embed'> {
  judge: Judge;
  close(): Promise<void>;
}

const TIMES = { firstTokenMs: 30_000, totalMs: 120_000 };
const DEFAULT_PARAMETERS = { temperature: 0 };

/**
 * A judge over a ModelProvider, asked as the gateway asks providers: the key is bound to the provider's host. What may pass
 * by itself is tried again; then, and where there is no such provider or no key, it throws an Error in words.
 */
export function providerJudge(options: JudgeOptions): ProviderJudge {
  const { source, namespace, judge, prompts, log, signal, spent = () => {}, ...again } = options;
  const { providerRef, model, parameters = DEFAULT_PARAMETERS, embeddings } = judge;
  const way = wayToProviders(source, log);
  const prices = listedPrices(source);

  const target = async (asked: string, embeds = false): Promise<BackendTarget> => {
    const resource = source.get('ModelProvider', namespace, providerRef.name);
    const named = `spec.judge.providerRef: ModelProvider ${namespace}/${providerRef.name}`;
    if (resource === undefined) throw new Error(`${named} does not exist: create it or correct the name`);
    if (resource.invalid !== undefined) throw new Error(`${named} is not valid: ${resource.invalid}`);
    const { spec } = resource;
    if (embeds && spec.dialect !== 'OpenAI')
      throw new Error(`${named}: embeddings need one with dialect OpenAI`);
    const provider = providerTarget(namespace, providerRef.name, spec);
    const missing = await way.missingKey(provider);
    if (missing !== undefined) throw new Error(`the judge: ${missing}`);
    await prices.load();
    const price = priceOf(spec, asked, prices.current());
    return { name: 'judge', provider, model: asked, ...(price && { price }), parameters: {}, ...TIMES };
  };

  const ask: Judge['ask'] = async (messages) => {
    const backend = await target(model);
    const sent = { ...parameters, messages, stream: false };
    const once = async () => {
      const begun = performance.now();
      const last = await calledOff(signal, (follow) =>
        attempt(way.options, backend, { endpoint: chat, body: sent }, {}, follow),
      );
      return readAsked({ last, sent }, begun);
    };
    const came = await retrying(once, { ...again, signal });
    if ('error' in came) {
      if ('charged' in came) spent(came.charged?.costUSD);
      throw new Error(`the judge: ${came.error}`);
    }
    spent(came.costUSD);
    return came.text;
  };

  const embed = async (model: string, texts: readonly string[]) => {
    const backend = await target(model, true);
    const once = () =>
      calledOff(signal, (follow) => askEmbeddings(way.options.upstream, backend, texts, follow));
    const came = await retrying(once, { ...again, signal });
    if ('error' in came) throw new Error(`embeddings of the judge: ${came.error}`);
    const cost = costOf(backend.price, came.used);
    spent(cost === undefined ? undefined : cost / 1_000_000);
    return came.vectors;
  };

  const version = `${providerRef.name}/${model} ${contentHash({ parameters, prompts, embeddings }).slice(0, 10)}`;
  return {
    judge: { version, ask },
    ...(embeddings !== undefined && { embed: (texts: readonly string[]) => embed(embeddings, texts) }),
    close: way.close,
  };
}
