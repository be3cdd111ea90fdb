import type { SuiteCase } from '../evals/cases/suite-cases.ts';
import type { Assert, CaseGrade, Helpers } from '../evals/grade.ts';
import type { AskQuestion } from '../gateway/ask.ts';
import type { Asked, AskedAnswer } from '../gateway/asked.ts';
import { messageOf } from '../lib/log.ts';
import type { Spending } from './spending.ts';

export interface RunSuiteOptions {
  cases: readonly SuiteCase[];
  /** Names of the revisions that are asked. */
  revisions: readonly string[];
  /** Never throws; see `gateway/ask.ts`. */
  ask: (revision: string, question: AskQuestion, signal: AbortSignal | undefined) => Promise<Asked>;
  assert: Assert;
  helpers: Helpers;
  spending: Spending;
  /** How often each case is answered by each revision. Default 1. */
  repeat?: number;
  /** Questions under way at once. Default 4. */
  concurrency?: number;
  /** Told after each question. */
  onProgress?: (progress: Progress) => void;
  /** Breaks off: what was not asked by then is an error. */
  signal?: AbortSignal | undefined;
}

export interface Progress {
  done: number;
  of: number;
  failed: number;
  errors: number;
  costUSD?: number;
}

/** What one revision made of one case, once. */
export interface Answered {
  /** Index of the case in the suite. */
  case: number;
  revision: string;
  grade: CaseGrade;
  /** Absent where there was none. */
  answer?: AskedAnswer;
}

export const DEFAULT_CONCURRENCY = 4;

/** After so many errors and nothing else no more is asked: each takes its time to be tried again and again. */
const ENOUGH_ERRORS = 8;

/**
 * Asks every revision every case, `repeat` times, and grades the answers. Revisions take turns, so that what changes while
 * it runs changes for all. What could not be asked or judged is an error, never a failed answer. Never throws; results are
 * in the order of the cases.
 */
export async function runSuite(options: RunSuiteOptions): Promise<Answered[]> {
  const { cases, revisions, repeat = 1, concurrency = DEFAULT_CONCURRENCY, spending, onProgress } = options;
  const questions = cases.flatMap((_, at) =>
    Array.from({ length: repeat }, () => revisions.map((revision) => ({ case: at, revision }))).flat(),
  );
  const results: Answered[] = [];
  const progress: Progress = { done: 0, of: questions.length, failed: 0, errors: 0 };
  let next = 0;
  let underWay = 0;

  const refusalNow = (): string | undefined => {
    if (options.signal?.aborted) return 'it was called off';
    if (progress.done >= ENOUGH_ERRORS && progress.errors === progress.done)
      return `not asked: the first ${ENOUGH_ERRORS} could not be asked or judged either`;
    return spending.refusal(underWay);
  };
  const one = async (at: number): Promise<void> => {
    const question = questions[at]!;
    const refusal = refusalNow();
    underWay++;
    const { grade, answer } = refusal === undefined ? await answered(options, question) : refused(refusal);
    underWay--;
    if (refusal === undefined) spending.ended();
    results[at] = { ...question, grade, ...(answer && { answer }) };
    progress.done++;
    if ('error' in grade) progress.errors++;
    else if (!grade.pass) progress.failed++;
    const costUSD = spending.total();
    onProgress?.({ ...progress, ...(costUSD !== undefined && { costUSD }) });
  };
  const work = async (): Promise<void> => {
    while (next < questions.length) await one(next++);
  };

  // The first says what one costs, before many are under way.
  if (questions.length > 0) await one(next++);
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

type Graded = { grade: CaseGrade; answer?: AskedAnswer };

async function answered(
  { cases, ask, assert, helpers, spending, signal }: RunSuiteOptions,
  question: { case: number; revision: string },
): Promise<Graded> {
  const { vars, messages, assert: assertions, threshold } = cases[question.case]!;
  try {
    const asked = await ask(question.revision, { vars, messages }, signal);
    if ('error' in asked) {
      if (asked.charged !== undefined) spending.add(asked.charged.costUSD);
      return refused(asked.error);
    }
    spending.add(asked.costUSD);
    const { prompt, tools, tokens: _tokens, model: _model, ...answer } = asked;
    const about = { vars, prompt, ...(tools && { tools }) };
    return { grade: await assert(assertions, answer, about, helpers, threshold), answer: asked };
  } catch (error) {
    return refused(messageOf(error));
  }
}

const refused = (error: string): Graded => ({ grade: { error } });
