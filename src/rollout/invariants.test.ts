import fc from 'fast-check';
import type { Judgement } from '../api/judgement.ts';
import type { Verb } from '../api/resource.ts';
import { ReleaseStatus } from '../api/status.ts';
import type { PlanInput } from './pass.ts';
import { plan } from './plan.ts';
import { settingsOf } from './settings.ts';

const REVISIONS = ['r-a', 'r-b', 'r-c'];
const revision = fc.constantFrom(...REVISIONS);
const finding = { guardrail: 'errors', reason: 'worse', badCalls: 3 };

const judgement: fc.Arbitrary<Judgement> = fc.record(
  {
    guardrails: fc.constant([]),
    proven: fc.boolean(),
    stepCalls: fc.constantFrom(0, 1_000),
    rollback: fc.constant(finding),
    pause: fc.constant(finding),
    hold: fc.constant('errors'),
    blind: fc.constant('errors'),
  },
  { requiredKeys: ['guardrails', 'proven', 'stepCalls'] },
);
const change: fc.Arbitrary<Partial<PlanInput>> = fc.record(
  {
    wanted: fc.oneof(
      { weight: 6, arbitrary: revision.map((name) => ({ revision: name })) },
      { weight: 1, arbitrary: fc.constant({ problem: { reason: 'X', field: 'spec', message: 'x' } }) },
    ),
    evidence: fc.oneof(
      { weight: 4, arbitrary: judgement.map((each) => ({ judgement: each })) },
      { weight: 1, arbitrary: fc.constant({ unknown: 'gone' }) },
    ),
    verbs: fc.dictionary(
      fc.constantFrom<Verb>('promote', 'promote-full', 'abort', 'retry', 'rollback-to'),
      fc.oneof(revision, fc.constant('true')),
      { maxKeys: 2 },
    ),
    sinceLastMs: fc.constantFrom(0, 1_000, 60_000),
    rollbackMode: fc.constantFrom('Pin' as const, 'RevertSpec' as const),
    servedEverywhere: fc.boolean(),
    gates: fc
      .constantFrom('Pass' as const, 'Fail' as const, 'Waiting' as const)
      .map((verdict) => [{ suite: 'golden', verdict, message: 'as it came out' }]),
    settings: fc
      .record({
        paused: fc.boolean(),
        retryToken: fc.constantFrom('', 'x'),
        gates: fc.constantFrom<{ evalSuiteRef: { name: string } }[]>(
          [],
          [{ evalSuiteRef: { name: 'golden' } }],
        ),
        strategy: fc.constantFrom('Canary' as const, 'Canary' as const, 'ABTest' as const, 'Shadow' as const),
        onInconclusive: fc.constantFrom('Hold' as const, 'Promote' as const, 'Rollback' as const),
        steps: fc.constantFrom<NonNullable<Parameters<typeof settingsOf>[0]>['steps']>(
          [{ weight: 5, minDuration: '1s' }, { pause: {} }, { weight: 50, minDuration: '1s' }],
          [{ pause: {} }, { weight: 50, minDuration: '1s' }],
          [{ weight: 100, minDuration: '1s' }],
        ),
      })
      .map(({ strategy, steps, ...rest }) =>
        settingsOf({
          ...rest,
          strategy,
          deadline: '5m',
          steps,
          ...(strategy === 'Canary' && { bake: { duration: '1s' } }),
        }),
      ),
  },
  { requiredKeys: ['sinceLastMs'] },
);

test('whatever happens in whatever order, nobody is served what was taken back', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), (changes) => {
      let input: PlanInput = {
        now: new Date(0),
        sinceLastMs: 0,
        generation: 1,
        settings: settingsOf(),
        wanted: { revision: 'r-a' },
        verbs: {},
        kept: new Set(REVISIONS),
        status: {},
        rollbackMode: 'Pin',
        undo: (name) => `undo ${name}`,
      };
      for (const [at, next] of changes.entries()) {
        const before = input.status;
        input = { ...input, verbs: {}, generation: at + 1, now: new Date(at * 1000), ...next };
        const { status } = plan(input);
        input = { ...input, status };

        expect(ReleaseStatus.safeParse(status).error).toBeUndefined();
        const { traffic = [], stableRevision, candidateRevision, quarantined = [], conditions = [] } = status;
        const total = traffic.reduce((sum, { weight }) => sum + weight, 0);
        expect(total).toBe(stableRevision === undefined ? 0 : 100);
        for (const share of traffic) expect([stableRevision, candidateRevision]).toContain(share.revision);
        const out = new Set(quarantined.map(({ revision: name }) => name));
        if (candidateRevision !== undefined) expect(out.has(candidateRevision)).toBe(false);
        if (status.shadow !== undefined) {
          expect(status.shadow.revision).toBe(candidateRevision);
          expect(traffic).toEqual([{ revision: stableRevision, weight: 100 }]);
        }
        const isTrue = (type: string) =>
          conditions.some((each) => each.type === type && each.status === 'True');
        expect(isTrue('Reconciling') && isTrue('Stalled')).toBe(false);
        expect(isTrue('Ready') && isTrue('Stalled')).toBe(false);

        const failed =
          next.evidence !== undefined && 'judgement' in next.evidence && next.evidence.judgement.rollback;
        // Of one that serves nobody yet there is no evidence.
        const same =
          before.step !== undefined &&
          candidateRevision !== undefined &&
          candidateRevision === before.candidateRevision;
        if (failed && same && status.attempt === before.attempt) {
          // Held back by nothing but a problem or a verb may a failed candidate still be there, and never with more.
          const weightOf = (of: ReleaseStatus) =>
            of.traffic?.find((each) => each.revision === candidateRevision)?.weight ?? 0;
          expect(weightOf(status)).toBeLessThanOrEqual(weightOf(before));
        }
        if (status.phase === 'Evaluating') {
          expect(traffic).toEqual([{ revision: stableRevision, weight: 100 }]);
          expect(status.shadow).toBeUndefined();
        }
        const asked = Object.keys(next.verbs ?? {}).some((verb) => verb.startsWith('promote'));
        const gated = input.settings.gates.length > 0 && input.gates?.[0]?.verdict !== 'Pass';
        if (gated && !asked && status.step !== undefined) {
          // Only who was let in before goes on.
          expect(before.step).toBeDefined();
          expect(before.candidateRevision).toBe(candidateRevision);
        }
        // A pass that nothing new came to changes nothing but the clock's words.
        const again = plan({
          ...input,
          verbs: next.verbs ?? {},
          sinceLastMs: 0,
          evidence: { unknown: 'gone' },
          gates: [],
        });
        expect(again.status.traffic).toEqual(status.traffic);
      }
    }),
    { numRuns: 150 },
  );
});
