import { nameOf, type Resource } from '../api/resource.ts';
import { assert } from '../evals/assert.ts';
import type { SuiteCase } from '../evals/cases/suite-cases.ts';
import { type AskedRelease, type Asker, asker } from '../gateway/ask.ts';
import type { RetryOptions } from '../gateway/retrying.ts';
import type { Log } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { loadCases } from './load-cases.ts';
import { type Answered, type Progress, runSuite } from './run-suite.ts';
import { type Spending, spendingUpTo, spendingWithin } from './spending.ts';
import { suiteHelpers } from './suite-helpers.ts';

export interface EvaluateOptions extends RetryOptions {
  source: Source;
  suite: Resource<'EvalSuite'>;
  release: AskedRelease;
  /** The revision that is asked. */
  revision: string;
  /** Another of the same release, asked the same. */
  against?: string | undefined;
  /** What the run may cost, in USD, in place of `limits.maxUSD` of the suite. */
  maxUSD?: number | undefined;
  /** What it may cost together with others: held to beside its own limit, and told of all that it spends. */
  within?: Spending | undefined;
  /** Who asks the revisions instead of an asker of its own; not closed. */
  asker?: Pick<Asker, 'ask'> | undefined;
  log?: Log;
  now?: () => Date;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal | undefined;
}

/** A run of a suite, before anybody has judged it. */
export interface Evaluation {
  suite: string;
  release: AskedRelease;
  revision: string;
  against?: string;
  /** Hash of what was asked and held against answers. */
  hash: string;
  /** Version of the judge; absent where the suite has none. */
  judge?: string;
  cases: readonly SuiteCase[];
  repeat: number;
  results: readonly Answered[];
  /** Answers and judge; absent where a price is not known. */
  costUSD?: number;
  /** True where something was not asked since it had spent what it may: another run would come to the same end. */
  limitReached?: true;
  startedAt: Date;
  finishedAt: Date;
}

/**
 * Runs a suite on one or two revisions of a release, with its judge and its webhooks. Never throws for what goes wrong with
 * a case; `problems` say why there is nothing to run.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation | { problems: string[] }> {
  const { source, suite, release, revision, against, signal, now = () => new Date() } = options;
  const { log, onProgress, retries, pause } = options;
  const { spec, metadata } = suite;
  const loaded = await loadCases(source, suite);
  if ('problems' in loaded) return loaded;
  const { cases, hash } = loaded;
  const again = { ...(retries !== undefined && { retries }), ...(pause && { pause }), ...(log && { log }) };
  const limit =
    options.maxUSD ?? (spec.limits?.maxUSD === undefined ? undefined : Number(spec.limits.maxUSD));
  const own = spendingUpTo(limit);
  const spending = options.within === undefined ? own : spendingWithin(own, options.within);
  const ownAsker = options.asker === undefined ? asker({ source, ...again }) : undefined;
  const revisions = options.asker ?? ownAsker!;
  const { helpers, close } = suiteHelpers({ source, suite, signal, spent: spending.add, ...again });
  const startedAt = now();
  try {
    const results = await runSuite({
      cases,
      revisions: against === undefined ? [revision] : [revision, against],
      ask: (asked, question, called) => revisions.ask(release, asked, question, called),
      assert,
      helpers,
      spending,
      repeat: spec.repeat ?? 1,
      ...(spec.concurrency !== undefined && { concurrency: spec.concurrency }),
      ...(onProgress && { onProgress }),
      signal,
    });
    const costUSD = spending.total();
    return {
      suite: nameOf(metadata),
      release,
      revision,
      ...(against !== undefined && { against }),
      hash,
      ...(helpers.judge && { judge: helpers.judge.version }),
      cases,
      repeat: spec.repeat ?? 1,
      results,
      ...(costUSD !== undefined && { costUSD }),
      ...(own.reached() && { limitReached: true }),
      startedAt,
      finishedAt: now(),
    };
  } finally {
    await Promise.all([ownAsker?.close(), close()]);
  }
}
