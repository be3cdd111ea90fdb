import { createColors } from 'picocolors';
import type { ReleaseStatus } from '../api/status.ts';
import { frame, progressLine, type Scene } from './frame.ts';

const v1 = 'support-triage-6f1c2a9b04';
const v2 = 'support-triage-b8e07d2c51';
const status: ReleaseStatus = {
  phase: 'Progressing',
  message: 'step 1 of 3: 5 % for 6s, 15 calls, no guardrail failing',
  stableRevision: v1,
  candidateRevision: v2,
  traffic: [
    { revision: v2, weight: 5 },
    { revision: v1, weight: 95 },
  ],
  step: { index: 0, count: 3, weight: 5, progress: '1/3', calls: 15 },
  guardrails: [
    {
      name: 'refusals',
      verdict: 'Inconclusive',
      evidence: '1.8',
      threshold: '20',
      stable: { calls: 590, value: '0%' },
      candidate: { calls: 15, value: '6.7%' },
    },
    { name: 'errors', verdict: 'NoData' },
  ],
};
const scene: Scene = {
  title: 'v2 gets its first calls',
  elapsedMs: 21_000,
  status,
  names: new Map([[v1, 'v1']]),
  rate: (revision) => (revision === undefined ? 50 : revision === v1 ? 47.3 : 2.7),
  total: { calls: 812, bad: 1, errors: 0 },
};
const plain = createColors(false);

test('the picture shows weights, rates, verdicts, evidence and the message', () => {
  expect(frame(scene, plain)).toEqual([
    'Sluice  v2 gets its first calls  21s',
    '',
    '  support-triage   Progressing   step 1/3   50 calls/s',
    '',
    `  stable    v1 ${v1}    ${'█'.repeat(38)}··  95 %   47.3/s`,
    `  candidate    ${v2}    ██${'·'.repeat(38)}   5 %    2.7/s`,
    '',
    '  guardrail       verdict       evidence            stable            candidate         ',
    '  refusals        Inconclusive  1.8 of 20           0% of 590         6.7% of 15        ',
    '  errors          NoData                                                                ',
    '',
    '  step 1 of 3: 5 % for 6s, 15 calls, no guardrail failing',
    '',
    '  callers have had 812 answers: 1 bad, 0 errors',
  ]);
});

test('before there is any status there is a picture too', () => {
  const lines = frame({ ...scene, status: {} }, plain);
  expect(lines[2]).toBe('  support-triage   Pending   50 calls/s');
});

test('stable alone serves all, also where traffic is not said', () => {
  const lines = frame({ ...scene, status: { phase: 'Healthy', stableRevision: v1 } }, plain);
  expect(lines[4]).toContain(`${'█'.repeat(40)} 100 %`);
});

test('a failing guardrail is red', () => {
  const failing = { ...status, guardrails: [{ name: 'refusals', verdict: 'Fail' as const }] };
  const lines = frame({ ...scene, status: failing }, createColors(true));
  expect(lines.find((line) => line.includes('refusals'))).toContain('\x1b[31m');
});

test('one line tells as much where nothing can be redrawn', () => {
  expect(progressLine(scene)).toBe(
    `  21s  v2 gets its first calls: Progressing · v1 95 %, ${v2} 5 % · ${status.message} (812 calls, 1 bad)`,
  );
});
