import type { SuiteCase } from '../evals/cases/suite-cases.ts';
import type { Assert } from '../evals/grade.ts';
import type { Asked } from '../gateway/asked.ts';
import { metricScores, pairedCases, revisionResult, worstCases } from './run-results.ts';
import { type Progress, type RunSuiteOptions, runSuite } from './run-suite.ts';
import { spendingUpTo } from './spending.ts';

const cases = (count: number): SuiteCase[] =>
  Array.from({ length: count }, (_, at) => ({ name: `c${at}`, vars: { at }, messages: [], assert: [] }));

const answer = (text: string, costUSD?: number): Asked => ({
  text,
  toolCalls: [],
  latencyMs: 5,
  prompt: 'system: x',
  model: 'm',
  ...(costUSD !== undefined && { costUSD }),
});

/** The text of the answer is its score. */
const byText: Assert = async (_assertions, { text }) => ({
  pass: Number(text) >= 0.5,
  score: Number(text),
  reason: Number(text) >= 0.5 ? '' : `scored ${text}`,
  metrics: { tone: Number(text) },
});

const run = (over: Partial<RunSuiteOptions>) =>
  runSuite({
    cases: cases(3),
    revisions: ['new', 'old'],
    ask: async () => answer('1'),
    assert: byText,
    helpers: {},
    spending: spendingUpTo(undefined),
    ...over,
  });

test('every revision is asked every case as often as is asked for, in turns, and no more at once than may be', async () => {
  const asked: string[] = [];
  let [underWay, most] = [0, 0];
  const results = await run({
    repeat: 2,
    concurrency: 3,
    async ask(revision, { vars }) {
      asked.push(`${vars?.at} ${revision}`);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return answer('1');
    },
  });
  const wanted = [0, 1, 2].flatMap((at) => [`${at} new`, `${at} old`, `${at} new`, `${at} old`]);
  expect(asked).toEqual(wanted);
  expect(results.map((each) => `${each.case} ${each.revision}`)).toEqual(wanted);
  expect(most).toBe(3);
});

test('what could not be asked or judged is an error, and left out of scores', async () => {
  const results = await run({
    async ask(revision, { vars }) {
      if (vars?.at === 0 && revision === 'old') return { error: 'the provider answered 503' };
      return answer(revision === 'new' && vars?.at === 2 ? '0.25' : '1');
    },
    async assert(...given) {
      if (given[2].vars.at === 1 && given[1].text === '1') throw new Error('the judge is down');
      return byText(...given);
    },
  });
  expect(revisionResult(results, 'new')).toEqual({
    revision: 'new',
    answers: 3,
    passed: 1,
    errors: 1,
    score: 0.625,
  });
  expect(revisionResult(results, 'old')).toEqual({
    revision: 'old',
    answers: 3,
    passed: 1,
    errors: 2,
    score: 1,
  });
  expect(pairedCases(results, { candidate: 'new', stable: 'old' })).toEqual([
    { case: 2, candidate: [0.25], stable: [1] },
  ]);
  expect(metricScores(results, 'new')).toEqual({ tone: 0.625 });
  expect(worstCases(results, ['a', 'b', 'c'], { candidate: 'new', stable: 'old' })).toEqual([
    { case: 'c', candidate: '0.25', stable: '1', reason: 'scored 0.25' },
  ]);
  expect(results.flatMap(({ grade }) => ('error' in grade ? [grade.error] : []))).toEqual([
    'the provider answered 503',
    'the judge is down',
    'the judge is down',
  ]);
});

test('a revision of which nothing could be scored has no score', async () => {
  const results = await run({ ask: async () => ({ error: 'down' }) });
  expect(revisionResult(results, 'new')).toEqual({ revision: 'new', answers: 3, passed: 0, errors: 3 });
  expect(pairedCases(results, { candidate: 'new', stable: 'old' })).toEqual([]);
});

test('where nothing can be asked, not all of it is tried', async () => {
  let asked = 0;
  const results = await run({
    cases: cases(50),
    concurrency: 1,
    async ask() {
      asked++;
      return { error: 'down' };
    },
  });
  expect(asked).toBe(8);
  expect(results).toHaveLength(100);
  expect(results.at(-1)?.grade).toEqual({
    error: 'not asked: the first 8 could not be asked or judged either',
  });
});

test('it stops asking where the limit is reached; the rest are errors', async () => {
  let asked = 0;
  const spending = spendingUpTo(0.1);
  const results = await run({
    cases: cases(20),
    concurrency: 4,
    spending,
    async ask() {
      asked++;
      return answer('1', 0.01);
    },
    async assert(...given) {
      // The judge.
      spending.add(0.01);
      return byText(...given);
    },
  });
  expect(asked).toBe(5);
  expect(spending.total()).toBeCloseTo(0.1, 9);
  const errors = results.flatMap(({ grade }) => ('error' in grade ? [grade.error] : []));
  expect(errors).toHaveLength(35);
  expect(new Set(errors)).toEqual(new Set(['spend limit: limits.maxUSD 0.1 is reached']));
});

test('an answer that nobody can use is paid for, and counts', async () => {
  const spending = spendingUpTo(0.1);
  let asked = 0;
  const results = await run({
    cases: cases(20),
    spending,
    async ask() {
      return ++asked % 2 === 0 ? answer('1', 0.01) : { error: 'too long', charged: { costUSD: 0.03 } };
    },
  });
  expect(results).toHaveLength(40);
  expect(asked).toBeLessThan(8);
  expect(spending.total()).toBeLessThanOrEqual(0.11);
});

test('with a limit, what costs nobody knows what is not asked on', async () => {
  let asked = 0;
  const results = await run({
    spending: spendingUpTo(1),
    async ask() {
      asked++;
      return answer('1');
    },
  });
  expect(asked).toBe(1);
  expect(results.filter(({ grade }) => 'error' in grade)).toHaveLength(5);
});

test('called off, it asks no more; progress is told of each', async () => {
  const controller = new AbortController();
  const told: Progress[] = [];
  const results = await run({
    signal: controller.signal,
    concurrency: 1,
    async ask(_revision, { vars }) {
      if (vars?.at === 1) controller.abort();
      return answer('0', 0.5);
    },
    onProgress: (progress) => told.push(progress),
  });
  expect(results.map(({ grade }) => ('error' in grade ? grade.error : grade.score))).toEqual([
    0,
    0,
    0,
    ...Array.from({ length: 3 }, () => 'it was called off'),
  ]);
  expect(told.at(-1)).toEqual({ done: 6, of: 6, failed: 3, errors: 3, costUSD: 1.5 });
  expect(told.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('the worst five are the largest losses', async () => {
  const score = (at: number) => [0.4, 0, 0.1, 0.3, 0.2, 0.45, 1][at]!;
  const results = await run({
    cases: cases(7),
    ask: async (revision, { vars }) => answer(String(revision === 'new' ? score(Number(vars?.at)) : 0.9)),
  });
  const names = cases(7).map(({ name }) => name);
  const worst = worstCases(results, names, { candidate: 'new', stable: 'old' });
  expect(worst.map((each) => each.case)).toEqual(['c1', 'c2', 'c4', 'c3', 'c0']);
  const alone = worstCases(results, names, { candidate: 'new' });
  expect(alone[0]).toEqual({ case: 'c1', candidate: '0', reason: 'scored 0' });
});
