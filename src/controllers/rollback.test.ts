import { allBadBut, ROLLOUT, stalled, withStable } from '../../test/controllers/world.ts';
import { StoreError } from '../store/store.ts';

test('one status write carries the whole rollback: traffic, quarantine, story and history', async () => {
  const { it, good } = await withStable();
  it.put('bad');
  await it.pass();
  let written = 0;
  const stop = it.store.subscribe(({ kind }) => {
    if (kind !== 'PromptRelease' || it.status().traffic?.length !== 1) return;
    written++;
    // The first status in which the candidate serves nothing lacks nothing else either.
    expect(it.status()).toMatchObject({
      traffic: [{ revision: good, weight: 100 }],
      rollback: { to: good, guardrail: 'errors', mode: 'RevertSpec' },
      quarantined: [{}],
      history: [{ outcome: 'RolledBack' }, { outcome: 'Promoted' }],
    });
    expect(it.status().candidateRevision).toBeUndefined();
  });
  await it.seconds(20, allBadBut(good));
  stop();
  expect(written).toBeGreaterThan(0);
  const order = it.faults.asked().filter((write) => write === 'status' || write === 'spec');
  expect(order.filter((write) => write === 'spec')).toEqual(['spec']);
  expect(it.store.events.filter(({ reason }) => reason === 'RolledBack')).toHaveLength(1);
});

test.each([
  ['argocd-controller', 'Pin'],
  ['kustomize-controller', 'Pin'],
  ['helm-controller', 'Pin'],
  ['kubectl-client-side-apply', 'RevertSpec'],
])('mode Auto where the field manager is %s comes to %s', async (manager, mode) => {
  const over = { managers: [manager] };
  const { it, good } = await withStable(over);
  it.put('bad', over);
  await it.seconds(20, allBadBut(good));
  expect(it.status().rollback?.mode).toBe(mode);
  expect(it.content()).toBe(mode === 'Pin' ? 'bad' : 'good');
});

test('an explicit RevertSpec puts the spec back even where Argo CD owns it', async () => {
  const over = {
    annotations: { 'argocd.argoproj.io/tracking-id': 'x' },
    rollout: { ...ROLLOUT, rollback: { mode: 'RevertSpec' as const } },
  };
  const { it, good } = await withStable(over);
  it.put('bad', over);
  await it.seconds(20, allBadBut(good));
  expect(it.content()).toBe('good');
});

test('what was taken back stays out when it is applied again and again', async () => {
  const { it, good } = await withStable();
  it.put('bad');
  await it.seconds(20, allBadBut(good));
  for (let n = 0; n < 3; n++) {
    it.put('bad');
    await it.seconds(5, allBadBut(good));
    expect(it.status().traffic).toEqual([{ revision: good, weight: 100 }]);
    expect(it.status().attempt).toBe(2);
    expect(stalled(it.status())).toBe('RevisionQuarantined');
    it.put('good');
    await it.seconds(1);
    expect(stalled(it.status())).toBeUndefined();
  }
});

test('a changed retryToken lets it in, and the same one does not let it in again', async () => {
  const { it, good } = await withStable();
  it.put('bad');
  await it.seconds(20, allBadBut(good));
  const rollout = { ...ROLLOUT, retryToken: 'once more' };
  it.put('bad', { rollout });
  await it.seconds(1);
  expect(it.status()).toMatchObject({ phase: 'Progressing', attempt: 3 });
  await it.seconds(20, allBadBut(good));
  expect(it.content()).toBe('good');
  it.put('bad', { rollout });
  await it.seconds(3);
  expect(it.status()).toMatchObject({ attempt: 3, traffic: [{ revision: good, weight: 100 }] });
  expect(stalled(it.status())).toBe('RevisionQuarantined');
});

test('the retry annotation lets a pinned revision in, once', async () => {
  const rollout = { ...ROLLOUT, rollback: { mode: 'Pin' as const } };
  const { it, good } = await withStable({ rollout });
  it.put('bad', { rollout });
  await it.seconds(20, allBadBut(good));
  it.annotate({ 'sluice.dev/retry': 'true' });
  await it.seconds(2);
  expect(it.status()).toMatchObject({ phase: 'Progressing', attempt: 3 });
  await it.seconds(20, allBadBut(good));
  expect(it.status()).toMatchObject({ phase: 'RolledBack', attempt: 3 });
});

test('the undo command that the status names does undo it', async () => {
  const { it, good } = await withStable();
  it.put('bad');
  await it.seconds(20, allBadBut(good));
  const [, verb, value] = /(sluice\.dev\/[a-z]+)=(\S+)/.exec(it.status().rollback!.undo)!;
  it.annotate({ [verb!]: value! });
  await it.seconds(75);
  expect(it.content()).toBe('bad');
  expect(it.status().phase).toBe('Healthy');
  expect(it.status().stableRevision).toBe(value);
});

test('an abort is done with though the spec cannot be put back, so that a later verb is heard', async () => {
  const { it } = await withStable();
  it.faults.store.writeSpecFields = async () => {
    throw new StoreError('Forbidden', 'denied by a policy');
  };
  it.put('new');
  await it.seconds(2);
  it.annotate({ 'sluice.dev/abort': 'true' });
  await expect(it.seconds(1)).rejects.toThrow('denied by a policy');
  expect(it.status().phase).toBe('RolledBack');
  it.annotate({ 'sluice.dev/retry': it.status().rollback!.from });
  await it.seconds(1);
  expect(it.status()).toMatchObject({ phase: 'Progressing', attempt: 3 });
});

test('nobody goes back to a revision of an object that had the name before', async () => {
  const { it, good } = await withStable();
  it.put('new');
  await it.pass();
  it.annotate({ 'sluice.dev/promote-full': 'true' });
  await it.seconds(2);
  it.store.remove('PromptRelease', 'n', 'triage');
  await it.pass();
  it.put('other');
  await it.pass();
  const serving = it.status().stableRevision;
  it.annotate({ 'sluice.dev/rollback-to': good });
  await it.seconds(1);
  expect(it.status()).toMatchObject({
    stableRevision: serving,
    lastAction: { result: `nothing done: no revision ${good} is kept` },
  });
});
