import type { Guardrail } from '../api/guardrail.ts';
import { CUSTOM_UNIT } from './custom.ts';
import { guardrailsOf, riskOf } from './guardrails.ts';

const filled = (guardrail: Omit<Guardrail, 'name'>) =>
  guardrailsOf({ guardrails: [{ name: 'g', ...guardrail }] })[0]!;

test('the defaults share the risk as written, without schema failures where nothing is held against a schema', () => {
  const weights = (answersHaveSchema: boolean) =>
    guardrailsOf({}, answersHaveSchema).map(({ name, weight }) => [name, weight]);
  expect(weights(true)).toEqual([
    ['errors', 0.3],
    ['schema', 0.2],
    ['refusals', 0.15],
    ['latency', 0.05],
    ['first-token', 0.05],
    ['cost', 0.05],
    ['tokens', 0.05],
  ]);
  expect(weights(false).map(([name]) => name)).not.toContain('schema');
  expect(guardrailsOf().every(({ asked }) => !asked)).toBe(true);
});

test.each([
  [
    { metric: 'ErrorRate', limit: '2.5%' },
    { method: 'rate', limit: 0.025, asked: true, action: 'Rollback' },
  ],
  [
    { metric: 'EvalScore', limit: '0.8' },
    { method: 'score', limit: expect.closeTo(0.2, 9) },
  ],
  [
    { metric: 'Latency', limit: '1m30s' },
    { method: 'shift', limit: 90_000, margins: { tolerated: 2, notWorse: 2 } },
  ],
  [
    { metric: 'CostPerCall', limit: '0.02' },
    { limit: expect.closeTo(20_000, 6), margins: { tolerated: 1, notWorse: 1 } },
  ],
  [
    { metric: 'OutputTokens', limit: '400', action: 'Notify' },
    { limit: 400, action: 'Notify' },
  ],
  [{ prometheus: { bad: 'a', total: 'b' } }, { method: 'rate', metric: 'custom', weight: 0.15 }],
  [
    { prometheus: { histogram: 'a' }, limit: '2.5' },
    { method: 'shift', metric: 'custom', limit: 2.5 * CUSTOM_UNIT },
  ],
  [{ metric: 'EvalScore', tolerance: { absolute: '5%' } }, { tolerance: { relative: 0, absolute: 0.05 } }],
] as const)('%j is filled in', (guardrail, expected) => {
  expect(filled(guardrail)).toMatchObject(expected);
});

test.each([
  ['0%', 0],
  ['5%', 1],
  ['10%', 1],
  ['20%', 2],
  ['25%', 3],
  ['100%', 8],
])('a tolerance of %s is %d buckets, and "not worse" is no less', (relative, tolerated) => {
  const guardrail = filled({ metric: 'Latency', tolerance: { relative } });
  expect(guardrail).toMatchObject({ margins: { tolerated, notWorse: Math.max(2, tolerated) } });
});

test('a risk of nothing or of everything is brought to where something can be decided', () => {
  expect([riskOf({ risk: '0%' }), riskOf({ risk: '2.5%' }), riskOf({ risk: '100%' }), riskOf()]).toEqual([
    1e-6, 0.025, 0.5, 0.05,
  ]);
});
