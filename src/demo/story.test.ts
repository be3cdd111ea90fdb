import type { ReleaseStatus } from '../api/status.ts';
import type { Child } from './children.ts';
import { playStory, type Story } from './story.ts';
import { howToGoOn, summary } from './summary.ts';
import { createTally } from './tally.ts';

/** A stage whose statuses are handed in: each look gives the next, the last one for ever. Each look takes a second. */
function play(statuses: ReleaseStatus[], failed: Promise<never> = new Promise(() => {})) {
  const tally = createTally();
  const applied: string[] = [];
  let clock = 0;
  let look = 0;
  const child: Child = { name: 'run', log: '', failed, stop: () => Promise.resolve() };
  const story = playStory({
    tally,
    now: () => clock,
    show: () => {},
    lookMs: 1,
    signal: new AbortController().signal,
    stage: {
      children: [child],
      apply: async (version) => void applied.push(version),
      async status() {
        clock += 1000;
        const status = statuses[Math.min(look++, statuses.length - 1)]!;
        const serving = status.candidateRevision ?? status.stableRevision ?? '';
        for (let call = 0; call < 200; call++) {
          tally.add(serving, serving === 'r-2' && call % 5 === 0 ? 'bad' : 'good', clock);
        }
        return status;
      },
    },
  });
  return { story, tally, applied };
}

const healthy = (stableRevision: string): ReleaseStatus => ({ phase: 'Healthy', stableRevision });
const progressing = (candidateRevision: string): ReleaseStatus => ({
  phase: 'Progressing',
  stableRevision: 'r-1',
  candidateRevision,
});
const takenBack = (from: string): ReleaseStatus => ({
  phase: 'RolledBack',
  stableRevision: 'r-1',
  rollback: {
    from,
    to: 'r-1',
    guardrail: 'refusals',
    reason: '7 of 31',
    detectedAt: '',
    undo: 'set retryToken',
  },
});
const asItShould: ReleaseStatus[] = [
  {},
  healthy('r-1'),
  healthy('r-1'),
  progressing('r-2'),
  ...Array(3).fill(takenBack('r-2')),
  takenBack('r-2'),
  progressing('r-3'),
  healthy('r-3'),
];

test('the story goes from v1 over v2 to v3, and the summary tells it', async () => {
  const { story, tally, applied } = play(asItShould);
  const told: Story = await story;
  expect(told).toMatchObject({ v1: 'r-1', v2: 'r-2', v3: 'r-3' });
  expect(applied).toEqual(['v2', 'v3']);
  const text = summary(told, tally, 42_000).join('\n');
  expect(text).toContain('v2  r-2  taken back by guardrail refusals: 7 of 31');
  expect(text).toMatch(/bad answers while v2 was out +40 of its 200 calls/);
  expect(text).toMatch(/let v2 in again +set retryToken/);
});

test('v2 promoted, or v3 taken back, is no success', async () => {
  const promoted = [...asItShould.slice(0, 4), healthy('r-2')];
  await expect(play(promoted).story).rejects.toThrow('v2 was promoted');
  const lost = [...asItShould.slice(0, 9), takenBack('r-3')];
  await expect(play(lost).story).rejects.toThrow('v3 was taken back');
});

test('a story that stands still ends with what status says', async () => {
  const stuck: ReleaseStatus = { phase: 'Pending', message: 'route fast-chat is missing' };
  await expect(play([stuck]).story).rejects.toThrow(/not within 20 s.*Pending.*route fast-chat is missing/);
});

test('a process that ends by itself ends the story', async () => {
  const failed = Promise.reject(new Error('sluice run ended (exit code 1)'));
  failed.catch(() => {});
  await expect(play([{}], failed).story).rejects.toThrow('sluice run ended');
});

test('what goes on running is shown with a call to try', () => {
  const lines = howToGoOn({
    url: 'http://h:1',
    model: 'support/support-triage',
    manifests: '/m',
    folder: '/f',
  });
  expect(lines.join('\n')).toContain(`curl -i http://h:1/v1/chat/completions`);
});
