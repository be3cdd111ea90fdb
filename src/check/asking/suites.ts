import type { Resource } from '../../api/resource.ts';
import { type Evaluation, evaluate } from '../../evaluator/evaluate.ts';
import { worstCases } from '../../evaluator/run-results.ts';
import type { Progress } from '../../evaluator/run-suite.ts';
import type { Spending } from '../../evaluator/spending.ts';
import { type Verdict, verdictOf } from '../../evaluator/verdict.ts';
import type { AskedRelease } from '../../gateway/ask.ts';
import type { Log } from '../../lib/log.ts';
import type { SideResult, SuiteResult } from '../report.ts';
import type { AskableSide, SideName } from './side.ts';

export interface AskSuiteOptions {
  release: AskedRelease;
  suite: Resource<'EvalSuite'>;
  head: AskableSide;
  /** What the head is compared with; absent where there is nothing. */
  base?: AskableSide | undefined;
  /** Shared by everything that is asked. */
  spending: Spending;
  log?: Log;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal | undefined;
}

/** Has a suite of the head answered by both sides, and judges as its gate says. Never throws. */
export async function askSuite(options: AskSuiteOptions): Promise<SuiteResult> {
  const { release, suite, head, base, spending, log, onProgress, signal } = options;
  const run = await evaluate({
    source: head.source,
    suite,
    release,
    revision: 'head' satisfies SideName,
    against: base && ('base' satisfies SideName),
    asker: {
      ask: (asked, side, question, called) => (side === 'head' ? head : base!).ask(asked, question, called),
    },
    within: spending,
    ...(log && { log }),
    ...(onProgress && { onProgress }),
    signal,
  });
  const { name } = suite.metadata;
  if ('problems' in run) {
    const nothing = { answers: 0, passed: 0, errors: 0 };
    return {
      suite: name,
      verdict: 'Error',
      message: run.problems.join('; '),
      after: nothing,
      worst: [],
      costUSD: 0,
    };
  }
  return resultOf(name, run, verdictOf(run, suite.spec.gate, 'base'));
}

function resultOf(suite: string, run: Evaluation, judged: Verdict): SuiteResult {
  const worst = worstCases(
    run.results,
    run.cases.map(({ name }) => name),
    { candidate: run.revision, stable: run.against },
  );
  const { verdict, message, candidate, stable } = judged;
  return {
    suite,
    verdict,
    message,
    ...(stable && { before: sideResult(stable) }),
    after: sideResult(candidate),
    worst: worst.map(({ case: name, candidate: after, stable: before, reason }) => ({
      case: name,
      ...(before !== undefined && { before }),
      after,
      reason,
    })),
    ...(run.costUSD !== undefined && { costUSD: run.costUSD }),
  };
}

const sideResult = ({ answers, passed, errors, score }: Verdict['candidate']): SideResult => ({
  answers,
  passed,
  errors,
  ...(score !== undefined && { score }),
});
