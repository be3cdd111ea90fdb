import type { ReleaseStatus } from '../api/status.ts';
import type { Release } from './place.ts';
import { watchRelease } from './watch.ts';

const release = (status: ReleaseStatus): Release =>
  ({
    kind: 'PromptRelease',
    metadata: { name: 'triage', namespace: 'n', generation: 1 },
    spec: {},
    status: { observedGeneration: 1, ...status },
  }) as Release;

/** Watches a release that is in one of these states at each look, and gives what is written. */
async function watched(isTTY: boolean, ...statuses: ReleaseStatus[]): Promise<string> {
  let written = '';
  let at = 0;
  const screen = {
    isTTY,
    rows: 10,
    write: (text: string) => {
      written += text;
    },
  };
  const look = async () => release(statuses[Math.min(at++, statuses.length - 1)]!);
  const draw = ({ status }: Release) => [status.phase ?? '', status.message ?? ''];
  await watchRelease({ look, draw, screen, everyMs: 1 });
  return written;
}

const step = (weight: number): ReleaseStatus => ({
  phase: 'Progressing',
  message: `at ${weight} %`,
  step: { index: 0, count: 1, weight },
});
const healthy: ReleaseStatus = { phase: 'Healthy', message: 'serves' };

test('without a terminal each change is a line, and the end is drawn', async () => {
  const more = { ...step(5), message: 'at 5 % still' };
  expect(await watched(false, { observedGeneration: 0, ...healthy }, step(5), more, step(50), healthy)).toBe(
    [
      'prel/triage  Healthy  serves',
      'prel/triage  Progressing  at 5 %',
      'prel/triage  Progressing  at 50 %',
      'prel/triage  Healthy  serves',
      'Healthy',
      'serves',
      '',
    ].join('\n'),
  );
});

test('on a terminal the drawing is drawn over', async () => {
  expect(await watched(true, step(5), healthy)).toBe(
    '\rProgressing\x1b[K\n\rat 5 %\x1b[K\n\x1b[J\x1b[2A\rHealthy\x1b[K\n\rserves\x1b[K\n\x1b[J',
  );
});
