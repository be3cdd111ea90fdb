import { allBadBut, ROLLOUT, withStable } from '../../test/controllers/world.ts';
import { type Guardrail, METRICS } from '../api/guardrail.ts';

/** Those that this world has data for act; one that acts and has none would hold every rollout. */
const EVERY_GUARDRAIL = METRICS.map((metric): Guardrail => {
  const counted = metric === 'ErrorRate' || metric === 'RefusalRate' || metric === 'TruncationRate';
  return { name: metric.toLowerCase(), metric, action: counted ? 'Rollback' : 'Notify' };
});

test('in no minute of a rollout is a status written more than twelve times', async () => {
  const { it } = await withStable();
  const steps = Array.from({ length: 10 }, (_, at) => ({
    weight: 5 + 5 * at,
    minDuration: '30s',
    minCalls: 10,
  }));
  it.faults.arm();
  it.put('next', { rollout: { steps } });
  const each: number[] = [];
  for (let second = 0; second < 330; second++) {
    const before = it.faults.asked().length;
    await it.seconds(1);
    each.push(
      it.faults
        .asked()
        .slice(before)
        .filter((write) => write === 'status').length,
    );
  }
  expect(it.status().phase).toBe('Healthy');
  const minutes = each.map((_, at) => each.slice(at, at + 60).reduce((sum, n) => sum + n, 0));
  expect(Math.max(...minutes)).toBeLessThanOrEqual(12);
});

test('the status stays below 8 KB with every guardrail, ten steps, and full lists', async () => {
  const { it, good } = await withStable();
  const steps = Array.from({ length: 10 }, (_, at) => ({
    weight: 20 + 5 * at,
    minDuration: '20s',
    minCalls: 10,
  }));
  const rollout = { guardrails: EVERY_GUARDRAIL, steps };
  for (let n = 0; n < 11; n++) {
    it.put(`bad ${n}`, { rollout: { ...rollout, rollback: { mode: 'Pin' } } });
    await it.seconds(14, allBadBut(good));
  }
  it.put('fine', { rollout });
  const sizes: number[] = [];
  while (it.status().phase !== 'Healthy' && sizes.length < 300) {
    await it.seconds(1);
    sizes.push(JSON.stringify(it.status()).length);
  }
  expect(it.status()).toMatchObject({
    phase: 'Healthy',
    quarantined: { length: 10 },
    history: { length: 10 },
  });
  expect(Math.max(...sizes)).toBeLessThan(8_192);
});

test('a revision keeps its content; old ones go, and stable, candidate and quarantined ones never', async () => {
  const { it, good } = await withStable();
  const first = structuredClone(it.store.revision('n', good)!.content);
  for (let n = 0; n < 40; n++) {
    it.put(`passing by ${n}`);
    await it.seconds(1);
    const { candidateRevision, stableRevision } = it.status();
    expect(stableRevision).toBe(good);
    expect(it.store.revision('n', candidateRevision!)).toBeDefined();
  }
  it.put('bad', { rollout: { ...ROLLOUT, rollback: { mode: 'Pin' } } });
  await it.seconds(20, allBadBut(good));
  const kept = it.store.revisions({ kind: 'PromptRelease', namespace: 'n', name: 'triage' });
  const names = kept.map(({ name }) => name);
  expect(it.store.revision('n', good)!.content).toEqual(first);
  for (const { revision } of it.status().quarantined!) expect(names).toContain(revision);
  for (const { revision } of it.status().history!) expect(names).toContain(revision);
  expect(names.length).toBeLessThan(25);
  expect(names.length).toBeGreaterThan(10);
});
