import type { EvalLive } from '../../api/eval-suite.ts';
import { scoreKey } from '../../api/guardrail.ts';
import type { Resource } from '../../api/resource.ts';
import { assert } from '../../evals/assert.ts';
import type { RetryOptions } from '../../gateway/retrying.ts';
import type { Sample, SampledRevision } from '../../gateway/samples/sample.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import type { Source } from '../../store/store.ts';
import { DEFAULT_CONCURRENCY } from '../run-suite.ts';
import { suiteHelpers } from '../suite-helpers.ts';
import { countDays, type DayCount } from './day.ts';
import { privacyProblem } from './privacy.ts';

/** An answer to score, and the revisions that the score is for. */
export interface Scorable {
  sample: Sample;
  revisions: readonly SampledRevision[];
}

export interface SuiteScorerOptions extends RetryOptions {
  source: Source;
  suite: Resource<'EvalSuite'>;
  now: () => Date;
  log?: Log | undefined;
  onScore: (scored: Scorable, keys: readonly string[], score: number) => void;
  onCount?: ((what: DayCount) => void) | undefined;
  onSpent?: ((usd: number) => void) | undefined;
}

export interface SuiteScorer {
  /** Scores an answer when its turn comes. Where too many wait it is dropped and counted. */
  add(scorable: Scorable): void;
  hasRoom(): boolean;
  /** Why answers are not scored now, in words. */
  problem(): string | undefined;
  /** What was scored today, as the status has it. */
  shown(): EvalLive;
  /** Breaks off what is under way. */
  stop(): Promise<void>;
}

/** Answers that wait for their turn at most. */
const MOST_WAITING = 32;
/** After so many errors in a row scores are taken to be missing. */
const ENOUGH_ERRORS = 3;

/** Scores answers by one suite, a few at a time, within what the suite may cost in a day. */
export function suiteScorer(options: SuiteScorerOptions): SuiteScorer {
  const { source, suite, now, log, onScore, onCount, onSpent, retries, pause } = options;
  const { spec, metadata, status } = suite;
  const { maxUSDPerDay, slices = [] } = spec.live ?? {};
  const ending = new AbortController();
  const day = countDays(maxUSDPerDay === undefined ? undefined : Number(maxUSDPerDay), now, status.live);
  const { helpers, close } = suiteHelpers({
    source,
    suite,
    log,
    signal: ending.signal,
    spent(usd) {
      day.spent(usd);
      if (usd !== undefined) onSpent?.(usd);
    },
    ...(retries !== undefined && { retries }),
    ...(pause && { pause }),
  });
  const waiting: Scorable[] = [];
  let underWay = 0;
  let errorsInARow = 0;
  let lastError: string | undefined;

  const count = (what: DayCount): void => {
    day.count(what);
    onCount?.(what);
  };

  const failed = (error: string): void => {
    count('errors');
    errorsInARow++;
    lastError = error;
  };

  const score = async ({ sample, revisions }: Scorable): Promise<void> => {
    const { vars, prompt, tools, answer, route } = sample;
    const refused = privacyProblem(source, suite, route);
    if (refused !== undefined) return failed(refused);
    const question = { vars, prompt, ...(tools && { tools }) };
    const grade = await assert(spec.assert ?? [], answer, question, helpers).catch((error: unknown) => ({
      error: messageOf(error),
    }));
    if (ending.signal.aborted) return;
    if ('error' in grade) return failed(grade.error);
    errorsInARow = 0;
    count('scored');
    const within = slices.filter(({ variable, value }) => String(vars[variable]) === value);
    const keys = [undefined, ...within.map(({ name }) => name)].map((slice) =>
      scoreKey(metadata.name, slice),
    );
    onScore({ sample, revisions }, keys, grade.score);
  };

  const begin = (): void => {
    while (waiting.length > 0 && underWay < (spec.concurrency ?? DEFAULT_CONCURRENCY)) {
      const next = waiting.shift()!;
      if (day.refusal(underWay) !== undefined) {
        count('dropped');
        continue;
      }
      underWay++;
      void score(next).finally(() => {
        underWay--;
        if (!ending.signal.aborted) begin();
      });
    }
  };

  const problem = (): string | undefined => {
    const limit = day.refusal(0);
    if (limit !== undefined) return limit;
    return errorsInARow >= ENOUGH_ERRORS ? lastError : undefined;
  };

  return {
    add(scorable) {
      if (waiting.length >= MOST_WAITING) return count('dropped');
      waiting.push(scorable);
      begin();
    },
    hasRoom: () => waiting.length < MOST_WAITING,
    problem,
    shown() {
      const why = problem();
      return { ...day.shown(), ...(why !== undefined && { problem: why.slice(0, 1_000) }) };
    },
    async stop() {
      ending.abort();
      waiting.length = 0;
      await close();
    },
  };
}
