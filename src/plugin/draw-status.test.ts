import fc from 'fast-check';
import picocolors from 'picocolors';
import { PHASES, type ReleaseStatus } from '../api/status.ts';
import { drawStatus } from './draw-status.ts';
import type { Release } from './place.ts';

const now = new Date('2026-01-02T03:04:05Z');
const STABLE = 'triage-5f7c9d4b8a';
const CANDIDATE = 'triage-66d4c7f9b1';
const at = '2026-01-02T03:01:05Z';

const STEPS = [{ weight: 5 }, { weight: 25 }, { pause: {} }, { weight: 50 }];

function release(status: ReleaseStatus, over: Partial<Release> = {}): Release {
  return {
    kind: 'PromptRelease',
    metadata: {
      name: 'triage',
      namespace: 'support',
      uid: 'u',
      resourceVersion: '1',
      generation: 3,
      labels: {},
      annotations: {},
      managers: [],
      creationTimestamp: '2025-12-30T03:04:05Z',
    },
    spec: {
      routeRef: { name: 'fast' },
      prompt: { messages: [{ role: 'system', content: 'x' }] },
      rollout: { steps: STEPS, bake: { duration: '30m' } },
    },
    status: { observedGeneration: 3, ...status },
    ...over,
  } as Release;
}

const draw = (of: Release, coloured = false) =>
  drawStatus({
    release: of,
    now,
    colors: picocolors.createColors(coloured),
    undo: () => `kubectl sluice retry -n ${of.metadata.namespace} ${of.metadata.name}`,
  });

const underWay = {
  stableRevision: STABLE,
  candidateRevision: CANDIDATE,
  traffic: [
    { revision: STABLE, weight: 75 },
    { revision: CANDIDATE, weight: 25 },
  ],
  step: { index: 1, count: 5, weight: 25, progress: '2/5' },
} satisfies ReleaseStatus;

const guardrails: ReleaseStatus['guardrails'] = [
  {
    name: 'errors',
    verdict: 'Pass',
    evidence: '0.4',
    threshold: '133',
    candidate: { calls: 214, value: '0.5%' },
    stable: { calls: 640, value: '0.7%' },
  },
  {
    name: 'refusals',
    verdict: 'Inconclusive',
    evidence: '12',
    threshold: '133',
    candidate: { calls: 214, value: '2.3%' },
    stable: { calls: 640, value: '0.6%' },
    message: 'about 120 more calls of the candidate are needed to tell it from stable',
  },
  { name: 'quality', verdict: 'NoData', message: 'no answers were scored' },
];

const rollback: ReleaseStatus['rollback'] = {
  from: CANDIDATE,
  to: STABLE,
  guardrail: 'errors',
  reason: '7 of 31 failed, stable 4 of 590',
  proof: 'evidence 240, 133 needed at a risk of 5%',
  detectedAt: at,
  undo: 'kubectl …',
  mode: 'Pin',
};

describe('in each phase', () => {
  test('Pending', () => {
    expect(draw(release({ phase: 'Pending', message: 'waits for ModelRoute "fast"' }))).toEqual([
      'prel/triage  Pending  3d  -n support',
      '  waits for ModelRoute "fast"',
    ]);
  });

  test('without any status', () => {
    expect(draw(release({ observedGeneration: 0 }))).toEqual([
      'prel/triage  Pending  3d  -n support',
      '  not looked at yet: is the operator running?',
    ]);
  });

  test('Healthy', () => {
    const status = {
      phase: 'Healthy',
      message: `${STABLE} serves all calls`,
      stableRevision: STABLE,
      traffic: [{ revision: STABLE, weight: 100 }],
      lastAction: {
        verb: 'promote-full',
        by: 'jane',
        reason: 'looks good',
        at,
        result: `${STABLE} goes to 100 %`,
      },
    } satisfies ReleaseStatus;
    expect(draw(release(status))).toEqual([
      'prel/triage  Healthy  3d  -n support',
      '  triage-5f7c9d4b8a serves all calls',
      '',
      'Traffic',
      '  stable    100%  █████████████████████████  triage-5f7c9d4b8a',
      '',
      'Last action, 3m ago',
      '  promote-full by jane: looks good; triage-5f7c9d4b8a goes to 100 %',
    ]);
  });

  test('Progressing', () => {
    const message =
      'step 2 of 5: 25 % for 3m12s, 214 calls (1.1/s), no guardrail failing; guardrail refusals is in doubt';
    expect(draw(release({ phase: 'Progressing', message, guardrails, ...underWay }))).toEqual([
      'prel/triage  Progressing  3d  -n support',
      '  step 2 of 5: 25 % for 3m12s, 214 calls (1.1/s), no guardrail failing;',
      '  guardrail refusals is in doubt',
      '',
      'Traffic',
      '  stable     75%  ███████████████████······  triage-5f7c9d4b8a',
      '  candidate  25%  ██████···················  triage-66d4c7f9b1',
      '',
      'Steps',
      '  ✔ 5% ── ▶ 25% ── · pause ── · 50% ── · bake 95%',
      '',
      'Guardrails            candidate           stable              evidence',
      '  ✔ errors            0.5% of 214         0.7% of 640         0.4 of 133',
      '  ? refusals          2.3% of 214         0.6% of 640         12 of 133',
      '      about 120 more calls of the candidate are needed to tell it from stable',
      '  – quality',
      '      no answers were scored',
    ]);
  });

  test('Progressing in shadow', () => {
    const status: ReleaseStatus = {
      ...underWay,
      phase: 'Progressing',
      message: 'step 1 of 1: copies of 10 %',
      traffic: [{ revision: STABLE, weight: 100 }],
      shadow: { revision: CANDIDATE, weight: 10 },
      step: { index: 0, count: 1, weight: 10 },
    };
    const spec = { rollout: { strategy: 'Shadow', steps: [{ weight: 10 }] } } as Release['spec'];
    expect(draw(release(status, { spec })).slice(3)).toEqual([
      'Traffic',
      '  stable    100%  █████████████████████████  triage-5f7c9d4b8a',
      '  shadow     10%  ▒▒▒······················  triage-66d4c7f9b1',
      '',
      'Steps',
      '  ▶ copies 10%',
    ]);
  });

  test('Paused at the end of a test: stable serves all', () => {
    const status: ReleaseStatus = {
      ...underWay,
      phase: 'Paused',
      message: 'the A/B test ended after 24h',
      traffic: [{ revision: STABLE, weight: 100 }],
      step: { index: 0, count: 1, weight: 0 },
    };
    const spec = { rollout: { strategy: 'ABTest', steps: [{ weight: 30 }] } } as Release['spec'];
    expect(draw(release(status, { spec }))).toEqual([
      'prel/triage  Paused  3d  -n support',
      '  the A/B test ended after 24h',
      '',
      'Traffic',
      '  stable    100%  █████████████████████████  triage-5f7c9d4b8a',
      '  candidate   0%  ·························  triage-66d4c7f9b1',
      '',
      'A/B test',
      '  ‖ 30%',
    ]);
  });

  test('Baking', () => {
    const step = { index: 4, count: 5, weight: 95 };
    const lines = draw(release({ ...underWay, phase: 'Baking', message: 'm', step }));
    expect(lines[0]).toBe('prel/triage  Baking  3d  -n support');
    expect(lines).toContain('  ✔ 5% ── ✔ 25% ── ✔ pause ── ✔ 50% ── ▶ bake 95%');
  });

  test('RolledBack', () => {
    const status: ReleaseStatus = {
      phase: 'RolledBack',
      message: `${CANDIDATE} was taken back`,
      stableRevision: STABLE,
      traffic: [{ revision: STABLE, weight: 100 }],
      rollback,
      quarantined: [{ revision: CANDIDATE, reason: '7 of 31 failed, stable 4 of 590', at }],
    };
    expect(draw(release(status)).slice(2)).toEqual([
      '',
      'Traffic',
      '  stable    100%  █████████████████████████  triage-5f7c9d4b8a',
      '',
      'Taken back 3m ago, the spec was left alone',
      '  triage-66d4c7f9b1 → triage-5f7c9d4b8a',
      '  errors: 7 of 31 failed, stable 4 of 590 (evidence 240, 133 needed at a risk of',
      '  5%)',
      '  undo: kubectl sluice retry -n support triage',
      '',
      'Kept out',
      '  triage-66d4c7f9b1  3m ago  7 of 31 failed, stable 4 of 590',
    ]);
  });

  test('Invalid', () => {
    const invalid = 'spec.rollout.steps: must have at least one step';
    const message = `${invalid}; ${STABLE} serves`;
    expect(draw(release({ phase: 'Invalid', message }, { invalid })).slice(0, 2)).toEqual([
      'prel/triage  Invalid  3d  -n support',
      '  spec.rollout.steps: must have at least one step; triage-5f7c9d4b8a serves',
    ]);
  });
});

test('a spec that was changed since is said to be', () => {
  expect(draw(release({ observedGeneration: 2, phase: 'Healthy', message: 'serves' }))[2]).toBe(
    '  (the spec has changed since, and was not looked at yet)',
  );
});

const name = (longest: number) => fc.stringMatching(new RegExp(`^[a-z]{1,${longest}}$`));
const text = fc.string({ unit: 'binary', maxLength: 300 });
const revision = name(63);
const sample = fc.record({ calls: fc.nat(), value: fc.string({ maxLength: 32 }) });
const anyStatus: fc.Arbitrary<ReleaseStatus> = fc.record(
  {
    phase: fc.constantFrom(...PHASES),
    message: text,
    stableRevision: revision,
    candidateRevision: revision,
    traffic: fc.array(fc.record({ revision, weight: fc.integer({ min: 0, max: 100 }) }), { maxLength: 2 }),
    step: fc.record({ index: fc.nat(6), count: fc.nat(6), weight: fc.nat(100) }),
    guardrails: fc.array(
      fc.record(
        {
          name: name(63),
          verdict: fc.constantFrom('Pass', 'Fail', 'Inconclusive', 'NoData'),
          evidence: fc.string({ maxLength: 32 }),
          threshold: fc.string({ maxLength: 32 }),
          candidate: sample,
          stable: sample,
          message: text,
        },
        { requiredKeys: ['name', 'verdict'] },
      ),
    ),
    rollback: fc.record({
      from: revision,
      to: revision,
      reason: text,
      detectedAt: fc.constant(at),
      undo: text,
    }),
    quarantined: fc.array(fc.record({ revision, reason: text, at: fc.constant(at) })),
    lastAction: fc.record({
      verb: name(64),
      by: text,
      reason: text,
      at: fc.constant(at),
      result: text,
    }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ReleaseStatus>;

test('whatever is in the status, no line has more than 80 columns, nor anything a terminal obeys', () => {
  fc.assert(
    fc.property(anyStatus, name(52), name(63), (status, named, namespace) => {
      const { metadata } = release({});
      const lines = draw(release(status, { metadata: { ...metadata, name: named, namespace } }));
      for (const line of lines) {
        expect([...line].length).toBeLessThanOrEqual(80);
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }),
  );
});

test('colours change nothing but colours', () => {
  const shown = release({ phase: 'Progressing', message: 'm', guardrails, rollback, ...underWay });
  const coloured = draw(shown, true).join('\n');
  expect(coloured).toContain('\x1b[');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
  expect(coloured.replaceAll(/\x1b\[[0-9;]*m/g, '')).toBe(draw(shown).join('\n'));
});
