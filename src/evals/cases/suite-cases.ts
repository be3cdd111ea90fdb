import type { Assertion } from '../../api/assertion.ts';
import type { EvalCase, EvalSuiteSpec } from '../../api/eval-suite.ts';
import { contentHash } from '../../lib/canonical.ts';
import { type CasesProblem, casesProblemText } from './problem.ts';
import { type CasesText, readCases } from './read.ts';

/** A case as it is asked and judged. */
export interface SuiteCase {
  /** Unlike that of any other case of the suite. */
  name: string;
  vars: Record<string, unknown>;
  messages: NonNullable<EvalCase['messages']>;
  /** The suite's own, then the case's. */
  assert: readonly Assertion[];
  threshold?: number;
}

export interface SuiteCases {
  cases: readonly SuiteCase[];
  /** Stands for all that is asked and held against answers: `suite` of a run. */
  hash: string;
}

/** Most cases of one suite, over all of its sources. */
export const MOST_CASES = 2_000;

/**
 * The cases of a suite: those in its spec, then those of `texts`, which are what `casesFrom` names, in that order. All that
 * is wrong is told, not only the first.
 */
export function suiteCases(
  spec: Pick<EvalSuiteSpec, 'cases' | 'assert'>,
  texts: readonly CasesText[],
): SuiteCases | { problems: string[] } {
  const given: EvalCase[] = [...(spec.cases ?? [])];
  const problems: CasesProblem[] = [];
  for (const text of texts) {
    const read = readCases(text);
    if (read.problems === undefined) given.push(...read.cases);
    else problems.push(...read.problems);
  }
  if (problems.length > 0) return { problems: problems.map(casesProblemText) };
  if (given.length === 0)
    return { problems: ['there is no case: write one in spec.cases or in what spec.casesFrom names'] };
  if (given.length > MOST_CASES)
    return {
      problems: [`there are ${given.length} cases, and at most ${MOST_CASES} may be: make two suites`],
    };
  const names = distinctNames(given);
  const cases = given.map(({ vars = {}, messages = [], assert = [], threshold }, at) => ({
    name: names[at]!,
    vars,
    messages,
    assert: [...(spec.assert ?? []), ...assert],
    ...(threshold !== undefined && { threshold }),
  }));
  return { cases, hash: contentHash(cases.map(({ name: _, ...asked }) => asked)).slice(0, 16) };
}

/** Names as they are, else numbers; one that is taken gets a number of its own. */
function distinctNames(cases: readonly EvalCase[]): string[] {
  const taken = new Set<string>();
  return cases.map(({ name = '' }, at) => {
    const wanted = name === '' ? String(at + 1) : name;
    let found = wanted;
    for (let count = 2; taken.has(found); count++) found = `${wanted.slice(0, 240)} (${count})`;
    taken.add(found);
    return found;
  });
}
