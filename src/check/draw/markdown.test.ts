import type { Finding } from '../finding.ts';
import type { ReleaseReport } from '../report.ts';
import { drawMarkdown } from './markdown.ts';

const side = { model: 'm', inputTokens: 100, outputTokens: 256 };

function release(at: number, message: string): ReleaseReport {
  const file = `deploy/release-${at}.yaml`;
  const finding: Finding = { level: 'warning', rule: 'eval', file, line: 4, message };
  const answered = { answers: 5, passed: 0, errors: 0 };
  return {
    kind: 'PromptRelease',
    namespace: 'support',
    name: `release-${at}`,
    change: 'changed',
    because: [],
    file,
    line: 4,
    call: {
      basis: 'estimated',
      before: side,
      after: side,
      parts: [{ name: 'messages[0]', role: 'system', before: 10, after: 100 }],
      cases: 3,
      casesFrom: `EvalSuite golden-${at}`,
    },
    evals: [{ suite: 'golden', verdict: 'Fail', message, after: answered, worst: [] }],
    findings: [finding, finding],
  };
}

test.each([
  ['a hundred releases', 100, 'the answer_should be <one> that [holds]! '.repeat(12)],
  ['messages that have no end', 2, '<'.repeat(100_000)],
])('a comment on %s is no longer than GitHub takes, and says that there is more', (_what, count, message) => {
  const releases = Array.from({ length: count }, (__, at) => release(at, message));
  const ends = {
    base: 'b',
    head: 'h',
    prices: 'p',
    maxCostIncrease: 0.2,
    findings: [],
    unchanged: 0,
    skipped: [],
  };
  const text = drawMarkdown({ ...ends, releases });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toContain('…');
  expect(text).toContain('support/release-0');
});
