import type { Assertion, AssertionType } from '../api/assertion.ts';
import { CannotTell, type Finding } from './assertions/check.ts';
import { filledIn } from './assertions/fill.ts';
import { CHECKS } from './assertions/table.ts';
import type { Answer, Assert, CaseGrade, Grade, Helpers, Question } from './grade.ts';

/**
 * Holds one answer against assertions, as promptfoo does: the score is their weighted mean; it passes where every one
 * holds, or, with a threshold, where the score reaches that. One that cannot be told makes the case an error, since
 * neither a pass nor a fail would be true.
 */
export const assert: Assert = async (assertions, answer, question, helpers, threshold) => {
  const grades = await Promise.all(assertions.map((each) => gradeOf(each, answer, question, helpers)));
  return together(assertions, grades, threshold);
};

/** What one assertion says of one answer. */
export async function gradeOf(
  { type: name, value, threshold }: Assertion,
  answer: Answer,
  question: Question,
  helpers: Helpers,
): Promise<Grade> {
  const not = name.startsWith('not-');
  const type = (not ? name.slice('not-'.length) : name) as AssertionType;
  try {
    const given = { value: filledIn(value, question.vars), answer, question, helpers };
    const finding = await CHECKS[type]({ ...given, ...(threshold !== undefined && { threshold }) });
    return turned(finding, not);
  } catch (error) {
    if (error instanceof CannotTell) return { error: `${name}: ${error.message}` };
    throw error;
  }
}

function turned({ holds, score = holds ? 1 : 0, claim, because }: Finding, not: boolean): Grade {
  const pass = holds !== not;
  const reason = pass ? '' : `the answer should ${not ? 'not be one that ' : 'be one that '}${claim}`;
  return {
    pass,
    score: not ? 1 - score : score,
    reason: pass || because === undefined ? reason : `${reason}: ${because}`,
  };
}

function together(assertions: readonly Assertion[], grades: readonly Grade[], threshold?: number): CaseGrade {
  // As in promptfoo: what nothing is asked of is as it should be.
  if (assertions.length === 0) return { pass: true, score: 1, reason: '', metrics: {} };
  const total = mean();
  const metrics = new Map<string, ReturnType<typeof mean>>();
  let failed: string | undefined;
  for (const [at, grade] of grades.entries()) {
    const { weight = 1, metric } = assertions[at]!;
    if ('error' in grade) {
      if (weight === 0) continue;
      return grade;
    }
    total.add(grade.score, weight);
    if (metric !== undefined) {
      const own = metrics.get(metric) ?? mean();
      own.add(grade.score, weight);
      metrics.set(metric, own);
    }
    if (!grade.pass && weight > 0) failed ??= grade.reason;
  }
  const score = total.value();
  const pass = threshold === undefined ? failed === undefined : score >= threshold;
  const below = failed ?? `its score of ${score.toFixed(2)} is below ${threshold}`;
  return {
    pass,
    score,
    reason: pass ? '' : below,
    metrics: Object.fromEntries([...metrics].map(([name, each]) => [name, each.value()])),
  };
}

/** A weighted mean; 0 where nothing has any weight. */
function mean() {
  let [sum, weights] = [0, 0];
  return {
    add(value: number, weight: number) {
      sum += value * weight;
      weights += weight;
    },
    value: () => (weights === 0 ? 0 : sum / weights),
  };
}
