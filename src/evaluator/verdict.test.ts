import type { CaseGrade } from '../evals/grade.ts';
import type { Evaluation } from './evaluate.ts';
import { junitReport } from './report/junit.ts';
import { harmless, textReport } from './report/text.ts';
import { verdictOf } from './verdict.ts';

const grade = (score: number): CaseGrade => ({
  pass: score >= 0.5,
  score,
  reason: score >= 0.5 ? '' : 'is wrong',
  metrics: {},
});

/** A run of one case for each score of the candidate; undefined is one that could not be asked. */
function evaluation(candidate: (number | undefined)[], stable?: (number | undefined)[]): Evaluation {
  const side = (revision: string, scores: (number | undefined)[]) =>
    scores.map((score, at) => ({
      case: at,
      revision,
      grade: score === undefined ? { error: 'down' } : grade(score),
    }));
  return {
    suite: 'n/s',
    release: { kind: 'PromptRelease', namespace: 'n', name: 't' },
    revision: 't-new',
    ...(stable && { against: 't-old' }),
    hash: 'abc',
    cases: candidate.map((_, at) => ({ name: `c${at}`, vars: {}, messages: [], assert: [] })),
    repeat: 1,
    results: [...side('t-new', candidate), ...(stable ? side('t-old', stable) : [])],
    startedAt: new Date(0),
    finishedAt: new Date(1_500),
  };
}
const many = (count: number, score: number) => Array.from({ length: count }, () => score);

test.each<[string, Evaluation, Parameters<typeof verdictOf>[1], string, string]>([
  ['all passed', evaluation([1, 1]), undefined, 'Pass', '2 of 2 answers passed, mean score 1'],
  ['one failed', evaluation([1, 0]), undefined, 'Fail', '1 of 2 answers passed'],
  [
    'one failed, and one could not be asked',
    evaluation([undefined, 0]),
    undefined,
    'Fail',
    '1 could not be told',
  ],
  [
    'one could not be asked',
    evaluation([1, undefined]),
    undefined,
    'Error',
    '1 of 2 could not be asked or judged, the first: down',
  ],
  ['none could be asked', evaluation([undefined]), { minScore: '0.5' }, 'Error', '1 of 1 could not'],
  ['one failed, and the mean is high enough', evaluation([1, 1, 0]), { minScore: '0.6' }, 'Pass', '2 of 3'],
  ['the mean is too low', evaluation([1, 0.5]), { minScore: '0.8' }, 'Fail', 'at least 0.8 is asked for'],
  [
    'the mean is low of what could be asked',
    evaluation([0.5, undefined]),
    { minScore: '0.8' },
    'Error',
    '1 of 2 could not',
  ],
  [
    'no worse than another',
    evaluation(many(60, 0.9), many(60, 0.9)),
    undefined,
    'Pass',
    'not proven to be lower',
  ],
  ['failed alike', evaluation(many(60, 0.2), many(60, 0.2)), undefined, 'Pass', 'not proven to be lower'],
  [
    'worse than another',
    evaluation(many(60, 0.4), many(60, 0.9)),
    undefined,
    'Fail',
    'over 60 cases: lower by',
  ],
  [
    'worse, whatever could not be asked',
    evaluation([...many(60, 0.4), undefined], [...many(60, 0.9), 1]),
    undefined,
    'Fail',
    'over 60 cases',
  ],
  [
    'worse by less than is allowed',
    evaluation(many(60, 0.4), many(60, 0.9)),
    { tolerance: '0.6' },
    'Pass',
    'not proven to be lower by more than 0.6',
  ],
  ['open on the other side', evaluation([1, 1], [1, undefined]), undefined, 'Error', '1 of 4 could not'],
])('%s', (_what, run, gate, verdict, words) => {
  const judged = verdictOf(run, gate);
  expect(judged.verdict).toBe(verdict);
  expect(judged.message).toContain(words);
});

test('what answers and judges say is one line, and nothing that a terminal or XML would obey', () => {
  expect(harmless('a\u001b[31m\nb\u202e')).toBe('a\\u001b[31m b\\u202e');
  const run = evaluation([0]);
  const evil = {
    ...run,
    results: [{ ...run.results[0]!, grade: { ...grade(0), reason: '"]]><x>\u0000\nno\u001b' } }],
  };
  const judged = verdictOf(evil);
  expect(textReport(evil, judged).join('\n')).toContain('c0: 0: "]]><x>\\u0000 no\\u001b');
  expect(junitReport(evil, judged)).toContain('<failure message="&quot;]]&gt;&lt;x&gt;&#10;no"></failure>');
});

test('JUnit counts the comparison as a test of its own', () => {
  const run = evaluation(many(60, 0.6), many(60, 1));
  const xml = junitReport(run, verdictOf(run));
  expect(xml).toContain('<testsuite name="n/s" tests="61" failures="1" errors="0" time="1.500"');
  expect(xml).toContain('name="no worse than t-old"><failure message="scored 0.6');
});
