import type { Resource } from '../api/resource.ts';
import type { Helpers } from '../evals/grade.ts';
import { JUDGE_PROMPTS } from '../evals/judge/prompts.ts';
import type { RetryOptions } from '../gateway/retrying.ts';
import { contentHash } from '../lib/canonical.ts';
import type { Log } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { providerJudge } from './judge.ts';
import { webhooks } from './webhook.ts';

export interface SuiteHelpersOptions extends RetryOptions {
  source: Source;
  suite: Resource<'EvalSuite'>;
  log?: Log | undefined;
  /** Breaks off what is under way. */
  signal?: AbortSignal | undefined;
  /** Told what each answer of the judge cost, in USD; undefined where that is not known. */
  spent: (usd: number | undefined) => void;
}

/** Whoever a suite's assertions may ask: its judge, embeddings and webhooks. */
export interface SuiteHelpers {
  helpers: Helpers;
  close(): Promise<void>;
}

export function suiteHelpers({
  source,
  suite,
  log,
  signal,
  spent,
  ...again
}: SuiteHelpersOptions): SuiteHelpers {
  const { spec, metadata } = suite;
  const judge =
    spec.judge &&
    providerJudge({
      source,
      namespace: metadata.namespace,
      judge: spec.judge,
      prompts: contentHash(JUDGE_PROMPTS),
      signal,
      spent,
      ...(log && { log }),
      ...again,
    });
  const hooks = webhooks({ signal });
  return {
    helpers: {
      ...(judge && { judge: judge.judge }),
      ...(judge?.embed && { embed: judge.embed }),
      post: hooks.post,
    },
    async close() {
      await Promise.all([judge?.close(), hooks.close()]);
    },
  };
}
