import { assert } from '../../evals/assert.ts';
import { type Answered, type Progress, runSuite } from '../../evaluator/run-suite.ts';
import { type Spending, spendingUpTo } from '../../evaluator/spending.ts';
import type { AskedRelease } from '../../gateway/ask.ts';
import type { Asked, AskedAnswer } from '../../gateway/asked.ts';
import type { Measured, MeasuredSide } from '../asks.ts';
import type { Case } from '../cases.ts';
import type { AskableSide, SideName, SideQuestion } from './side.ts';

export interface MeasureOptions {
  release: AskedRelease;
  /** The questions of a case, by side: each declares variables of its own. */
  cases: readonly Readonly<Record<SideName, Case>>[];
  /** Those that are asked. */
  sides: Readonly<Partial<Record<SideName, AskableSide>>>;
  spending: Spending;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal | undefined;
}

/** Asks each side each case once, but for what it was asked already. Never throws. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { release, cases, sides, spending, onProgress, signal } = options;
  const names = (['head', 'base'] as const).filter((name) => sides[name] !== undefined);
  let underWay = 0;
  async function once(side: AskableSide, question: SideQuestion): Promise<Asked> {
    const known = side.remembered(release, question);
    if (known !== undefined) return known;
    const refusal = spending.refusal(underWay);
    if (refusal !== undefined) return { error: refusal };
    underWay++;
    try {
      const asked = await side.ask(release, question, signal);
      const charged = 'error' in asked ? asked.charged : asked;
      if (charged !== undefined) spending.add(charged.costUSD);
      return asked;
    } finally {
      underWay--;
      spending.ended();
    }
  }
  const results = await runSuite({
    cases: cases.map((_, at) => ({ name: String(at), vars: { at }, messages: [], assert: [] })),
    revisions: names,
    ask: (name, { vars }) => once(sides[name as SideName]!, cases[vars!.at as number]![name as SideName]),
    assert,
    helpers: {},
    // What was asked already costs nothing again: `once` counts.
    spending: spendingUpTo(undefined),
    ...(onProgress && { onProgress }),
    signal,
  });
  return measured(results, cases.length, names);
}

/** Means over the cases that every side answered, with tokens that its provider counted. */
function measured(results: readonly Answered[], cases: number, names: readonly SideName[]): Measured {
  const answers = names.map((name) => {
    const own = new Map<number, AskedAnswer>();
    for (const { case: at, revision, answer } of results)
      if (revision === name && answer?.tokens !== undefined) own.set(at, answer);
    return own;
  });
  const common = Array.from({ length: cases }, (_, at) => at).filter((at) =>
    answers.every((own) => own.has(at)),
  );
  const missing = results.find(({ answer }) => answer?.tokens === undefined);
  const error =
    missing &&
    ('error' in missing.grade ? missing.grade.error : 'the provider does not say how many tokens it took');
  const came: Measured = { cases: common.length, ...(error !== undefined && { error }) };
  if (common.length === 0) return came;
  const sideOf = (own: ReadonlyMap<number, AskedAnswer>) => meanOf(common.map((at) => own.get(at)!));
  const [after, before] = answers.map(sideOf);
  return { ...came, ...(before && { before }), ...(after && { after }) };
}

function meanOf(answers: readonly AskedAnswer[]): MeasuredSide {
  const mean = (figure: (answer: AskedAnswer) => number) =>
    answers.reduce((sum, each) => sum + figure(each), 0) / answers.length;
  return {
    inputTokens: mean(({ tokens }) => tokens!.inputTokens),
    outputTokens: mean(({ tokens }) => tokens!.outputTokens),
    ...(answers.every(({ costUSD }) => costUSD !== undefined) && {
      callUSD: mean(({ costUSD }) => costUSD!),
    }),
  };
}
