import type { Resource } from '../api/resource.ts';
import { type Log, messageOf, silentLog } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { providerTarget } from './arms.ts';
import { saidBy } from './asked.ts';
import { type Attempt, attempt } from './attempt.ts';
import type { Body, Endpoint } from './dialects/endpoint.ts';
import { chat } from './dialects/openai/chat.ts';
import { embeddings } from './dialects/openai/embeddings.ts';
import { responses } from './dialects/openai/responses.ts';
import { againOf, calledOff, type MayPass, type RetryOptions, retrying } from './retrying.ts';
import type { BackendTarget } from './table.ts';
import { type Way, wayToProviders } from './way.ts';

/** What a model answered to a small call, or in words why it did not. */
export type Probed = { latencyMs: number } | { error: string };

export interface ProberOptions extends RetryOptions {
  source: Source;
  log?: Log;
}

export interface Prober {
  /** Asks a model of a provider. Never throws; where `signal` breaks it off, it says nothing of the model: undefined. */
  probe(
    provider: Resource<'ModelProvider'>,
    model: string,
    signal?: AbortSignal,
  ): Promise<Probed | undefined>;
  close(): Promise<void>;
}

/** What a probe may answer at most, in tokens: less than this some models refuse. */
export const MOST_TOKENS = 16;
/** How long a model may take for it, in ms. */
const PATIENCE_MS = 60_000;

const MESSAGES = [{ role: 'user', content: 'ping' }];
/**
 * In order: the newer models want the first, older servers know only the second, models that embed only the third, and some
 * models of OpenAI's only the last. The next is sent where the one before is refused as a call that the model does not know.
 */
const CALLS: readonly { endpoint: Endpoint; body: Body }[] = [
  { endpoint: chat, body: { messages: MESSAGES, max_completion_tokens: MOST_TOKENS } },
  { endpoint: chat, body: { messages: MESSAGES, max_tokens: MOST_TOKENS } },
  { endpoint: embeddings, body: { input: 'ping' } },
  { endpoint: responses, body: { input: 'ping', max_output_tokens: MOST_TOKENS } },
];
const NOT_KNOWN = [400, 404, 405, 422];

/** Asks single models of providers over the gateway's own way to them, with connections and keys of its own. */
export function prober({ source, log = silentLog, ...again }: ProberOptions): Prober {
  const way = wayToProviders(source, log);

  return {
    async probe({ metadata: { namespace, name }, spec }, model, signal) {
      const backend: BackendTarget = {
        name,
        provider: providerTarget(namespace, name, spec),
        model,
        parameters: {},
        firstTokenMs: PATIENCE_MS,
        totalMs: PATIENCE_MS,
      };
      try {
        const noKey = await way.missingKey(backend.provider);
        if (noKey !== undefined) return { error: noKey };
        return await retrying(() => once(way, backend, signal), { retries: 1, ...again, signal });
      } catch (error) {
        if (signal?.aborted) return undefined;
        log.error(
          { provider: `${namespace}/${name}`, model, error: messageOf(error) },
          'a probe could not be made',
        );
        return { error: 'it could not be asked: see the log of the evaluator' };
      }
    },
    close: way.close,
  };
}

/** One try, by the first call that the model knows. What is said of a failure is what the first was refused for. */
async function once(
  { options }: Way,
  backend: BackendTarget,
  signal: AbortSignal | undefined,
): Promise<{ latencyMs: number } | { error: string } | MayPass> {
  let refused: string | undefined;
  for (const call of CALLS) {
    const begun = performance.now();
    const made = await calledOff(signal, (follow) => attempt(options, backend, call, {}, follow));
    if (made.kind !== 'failure') return { latencyMs: Math.round(performance.now() - begun) };
    const error = wordsOf(made);
    const isRefused = made.unspoken || NOT_KNOWN.includes(made.passed?.status ?? 0);
    if (!isRefused) return againOf(made, error);
    refused ??= error;
  }
  return { error: refused! };
}

const wordsOf = ({ error, passed }: Extract<Attempt, { kind: 'failure' }>): string =>
  `${error.message}${passed === undefined ? '' : saidBy(passed.body)}`;
