import type { EvidenceReading } from '../../src/api/evidence.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { release, type Stage, startStage } from './stage.ts';

const rules = (errors: number) => [{ match: {}, errors, answer: 'Hello' }];

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), rules(0.01));
}, 120_000);
afterAll(() => stage?.stop());

/** Of each revision that took part in the last rollout of a release, how many calls it was charged with a provider's error for. */
async function failedOf(name: string): Promise<number[]> {
  const { metadata } = await stage.get('prel', name);
  const answer = await fetch(`${stage.gatewayAdminUrl}/evidence?uid=${metadata.uid}`);
  const { releases } = (await answer.json()) as EvidenceReading;
  const failed = new Map<string, number>();
  for (const { revision, weight, outcomes } of releases[0]!.cells) {
    if (weight === 0) continue;
    failed.set(revision, (failed.get(revision) ?? 0) + (outcomes.upstream_5xx ?? 0));
  }
  return [...failed.values()];
}

test('an incident of the provider that hits both revisions alike takes nothing back', async () => {
  // Errors are drawn: at the default risk one run in some hundreds would rightly take it back by chance.
  const rollout = { risk: '0.1%', steps: [{ weight: 25, minDuration: '30s', minCalls: 200 }] };
  await stage.apply(release('steady', 'good', { rollout }));
  await stage.until('prel', 'steady', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('steady', 40);
  await stage.apply(release('steady', 'good two', { rollout }));
  await stage.until('prel', 'steady', ({ status }) => (status?.step?.calls ?? 0) > 40);
  stage.simulator.setRules(rules(0.06));
  const { status } = await stage.until(
    'prel',
    'steady',
    (live) => live.status?.candidateRevision === undefined,
    90_000,
  );
  await callers.stop();
  expect(status?.history?.[0]).toMatchObject({ outcome: 'Promoted' });
  expect(status?.rollback).toBeUndefined();
  // Callers saw few of the errors, or none: stable answers for the candidate, and what fails on stable is retried.
  const charged = await failedOf('steady');
  expect(charged).toEqual([expect.any(Number), expect.any(Number)]);
  for (const failed of charged) expect(failed).toBeGreaterThan(0);
}, 180_000);
