import { setTimeout as delay } from 'node:timers/promises';
import { startControlPlane } from '../control-plane/control-plane.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { release, type Stage, startStage } from './stage.ts';

const LONG = {
  steps: [
    { weight: 30, minDuration: '8s', minCalls: 40 },
    { weight: 60, minDuration: '8s', minCalls: 40 },
  ],
};
const RULES = [
  { match: { text: 'worse' }, errors: 0.12, answer: 'Hello' },
  { match: {}, answer: 'Hello' },
];

describe('the operator is killed in mid-rollout', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage(await sharedControlPlane(), RULES);
  }, 120_000);
  afterAll(() => stage?.stop());

  test('and a good release is promoted all the same, in one attempt, no step skipped', async () => {
    await stage.apply(release('kept', 'good', { rollout: LONG }));
    await stage.until('prel', 'kept', ({ status }) => status?.phase === 'Healthy');
    const callers = stage.call('kept', 30);
    await stage.apply(release('kept', 'good two', { rollout: LONG }));
    const before = await stage.until('prel', 'kept', ({ status }) => (status?.step?.elapsedMs ?? 0) > 0);
    await stage.restartOperator('SIGKILL');
    const second = await stage.until('prel', 'kept', ({ status }) => status?.step?.index === 1);
    const took =
      Date.parse(second.status?.step?.startedAt ?? '') - Date.parse(before.status?.startedAt ?? '');
    expect(took).toBeGreaterThanOrEqual(8_000);
    await stage.restartOperator('SIGKILL');
    const { status } = await stage.until('prel', 'kept', (live) => live.status?.phase === 'Healthy', 90_000);
    await callers.stop();
    expect(status?.history?.map(({ outcome }) => outcome)).toEqual(['Promoted', 'Promoted']);
    expect(status?.attempt).toBe(2);
    expect(callers.errors()).toEqual([]);
  }, 180_000);

  test('and a bad one is taken back all the same, once', async () => {
    await stage.apply(release('taken', 'good', { rollout: LONG }));
    await stage.until('prel', 'taken', ({ status }) => status?.phase === 'Healthy');
    const callers = stage.call('taken', 40);
    await stage.apply(release('taken', 'worse', { rollout: LONG }));
    await stage.until(
      'prel',
      'taken',
      ({ status }) => (status?.step?.elapsedMs ?? 0) > 0 || status?.phase === 'RolledBack',
    );
    await stage.restartOperator('SIGKILL');
    const { status } = await stage.until(
      'prel',
      'taken',
      (live) => live.status?.rollback?.revertedGeneration !== undefined,
      90_000,
    );
    await callers.stop();
    expect(status?.history?.map(({ outcome }) => outcome)).toEqual(['RolledBack', 'Promoted']);
    expect(status?.quarantined).toHaveLength(1);
  }, 180_000);
});

test('the API server is gone for 30 s in mid-rollout: every call is answered, and the rollout ends as it should', async () => {
  const plane = await startControlPlane();
  let stage: Stage | undefined;
  try {
    await plane.installCRDs();
    stage = await startStage(plane, RULES);
    await stage.apply(release('going-on', 'good', { rollout: LONG }));
    await stage.until('prel', 'going-on', ({ status }) => status?.phase === 'Healthy');
    const callers = stage.call('going-on', 20);
    await stage.apply(release('going-on', 'good two', { rollout: LONG }));
    await stage.until('prel', 'going-on', ({ status }) => status?.step?.index === 0);
    const before = callers.counts().answered;
    await plane.stopApiServer();
    await delay(30_000);
    const during = callers.counts().answered - before;
    await plane.startApiServer();
    // The lease could not be renewed, so the operator has ended, as its Deployment expects of it.
    await stage.restartOperator('SIGTERM');
    await stage.until(
      'prel',
      'going-on',
      ({ status }) => status?.history?.[0]?.outcome === 'Promoted' && status.attempt === 2,
      120_000,
    );
    await callers.stop();
    expect(callers.errors()).toEqual([]);
    expect(during).toBeGreaterThan(400);
  } finally {
    await stage?.stop();
    await plane.stop();
  }
}, 300_000);
