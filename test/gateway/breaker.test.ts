import { withoutPrometheus } from '../../src/evidence/prometheus/source.ts';
import { IN_A_ROW, OPEN_MS } from '../../src/gateway/breaker/breaker.ts';
import { ask, held, type Stage, startStage } from './stage.ts';

const DOWN = { match: { model: 'model-p' }, errors: { rate: 1, status: 503 }, answer: 'x' };
const UP = { match: { model: 'model-p' }, answer: 'Primary' };
const OTHERS = [
  { match: { model: 'model-q' }, errors: { rate: 1, status: 503 }, answer: 'x' },
  { match: { text: 'REFUSE' }, refusals: 1, answer: 'x' },
  { match: {}, answer: 'Fallback' },
];
const PRIMARY = { model: 'model-p' };
const FALLBACK = { model: 'model-f' };
const users = Array.from({ length: 60 }, (_, n) => `user-${n}`);

let stage: Stage;
let now = 0;
beforeEach(async () => {
  now = 0;
  stage = await startStage([DOWN, ...OTHERS], withoutPrometheus, { clock: () => now });
  stage.putRoute([PRIMARY, FALLBACK], { rollout: { strategy: 'Immediate' } });
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
});
afterEach(() => stage.stop());

const said = async (user: string) => (await ask(stage, user)).data.choices[0]?.message;
const asked = (model: string) => stage.seen.filter(({ body }) => body.model === model).length;
async function open(): Promise<void> {
  for (let n = 0; n < IN_A_ROW; n++) await said(`opens-${n}`);
  stage.seen.length = 0;
}
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, n) => all + n, 0);
/** What has been counted of both revisions since `before` was taken. */
const counted = (kind: 'PromptRelease' | 'ModelRoute', name: string) => {
  const { stableRevision, candidateRevision } = stage.status(kind, name);
  return { stable: stage.outcomes(stableRevision!), candidate: stage.outcomes(candidateRevision!) };
};
const metric = async (line: string) => {
  const text = await (await fetch(`${stage.gateway.adminUrl}/metrics`)).text();
  return text
    .split('\n')
    .find((each) => each.startsWith(line))
    ?.split(' ')
    .at(-1);
};

test('a backend that fails is asked no more until a trial, and then again', async () => {
  await open();
  for (const user of users) expect((await said(user))?.content).toBe('Fallback');
  expect(asked('model-p')).toBe(0);
  const series = '{namespace="support",provider="sim",model="model-p"}';
  expect(await metric(`sluice_gateway_breaker_open${series}`)).toBe('1');
  expect(
    await metric('sluice_gateway_breaker_open{namespace="support",provider="sim",model="model-f"}'),
  ).toBe('0');

  now += OPEN_MS;
  await said('trial');
  await said('after the trial');
  expect(asked('model-p')).toBe(1);
  expect(await metric(`sluice_gateway_breaker_opened_total${series}`)).toBe('2');

  stage.simulator.setRules([UP, ...OTHERS]);
  now += 2 * OPEN_MS;
  for (const user of users.slice(0, 3)) expect((await said(user))?.content).toBe('Primary');
  expect(await metric(`sluice_gateway_breaker_open${series}`)).toBe('0');
});

test('of a trial, which is charged to nobody, no feedback is taken; of the call after it there is', async () => {
  await open();
  now += OPEN_MS;
  const statuses = [];
  for (const user of ['trial', 'after']) {
    const body = JSON.stringify({ call: (await ask(stage, user)).call, thumb: 'down' });
    statuses.push((await fetch(`${stage.gateway.url}/v1/feedback`, { method: 'POST', body })).status);
  }
  expect(statuses).toEqual([400, 204]);
});

test('a backend that is passed over is still the last resort', async () => {
  stage.putRoute([PRIMARY, { model: 'model-q' }], { rollout: { strategy: 'Immediate' } });
  await stage.until(({ attempt }) => attempt === 3, 'ModelRoute', 'fast');
  for (let n = 0; n < IN_A_ROW; n++) await expect(said('u')).rejects.toThrow('503');
  stage.simulator.setRules([UP, ...OTHERS]);
  expect((await said('u'))?.content).toBe('Primary');
});

test('a backend that only a candidate asks is asked, and charged, each time', async () => {
  stage.simulator.setRules([UP, ...OTHERS]);
  stage.putRoute([{ model: 'model-q' }, FALLBACK], { rollout: held(50) });
  await stage.until((status) => status.step?.weight === 50, 'ModelRoute', 'fast');
  for (const user of users) await said(user);
  const { stable, candidate } = counted('ModelRoute', 'fast');
  expect(candidate).toEqual({ upstream_5xx: asked('model-q') });
  expect(candidate.upstream_5xx).toBeGreaterThan(2 * IN_A_ROW);
  expect(sum(stable) + sum(candidate)).toBe(users.length);
});

test('while stable passes its first backend over and the candidate has another, neither is charged', async () => {
  stage.putRoute([{ model: 'model-q' }, FALLBACK], { rollout: held(50) });
  await stage.until((status) => status.step?.weight === 50, 'ModelRoute', 'fast');
  // Only stable's calls open the breaker: some of the others may be the candidate's.
  for (let n = 0; asked('model-p') < IN_A_ROW; n++) await said(`opens-${n}`);
  const before = counted('ModelRoute', 'fast');
  for (const user of users) await said(user);
  expect(counted('ModelRoute', 'fast')).toEqual(before);
  expect(asked('model-q')).toBeGreaterThan(5);
});

test("a prompt's revisions are both judged by the fallback while their route's first backend is passed over", async () => {
  stage.putRelease('REFUSE');
  await stage.until((status) => status.step?.weight === 50);
  for (let n = 0; asked('model-p') < 4 * IN_A_ROW && n < 4 * IN_A_ROW; n++) await said(`opens-${n}`);
  stage.seen.length = 0;
  const before = counted('PromptRelease', 'triage');
  for (const user of users) await said(user);
  expect(asked('model-p')).toBe(0);
  const after = counted('PromptRelease', 'triage');
  const refused = (after.candidate.refusal ?? 0) - (before.candidate.refusal ?? 0);
  const succeeded = (after.stable.success ?? 0) - (before.stable.success ?? 0);
  expect(refused + succeeded).toBe(users.length);
  expect(refused).toBeGreaterThan(15);
});

test('a trial is charged to nobody', async () => {
  await open();
  now += OPEN_MS;
  const { stableRevision } = stage.status('ModelRoute', 'fast');
  const before = stage.outcomes(stableRevision!);
  await said('trial');
  expect(asked('model-p')).toBe(1);
  expect(stage.outcomes(stableRevision!)).toEqual(before);
  await said('after it');
  expect(stage.outcomes(stableRevision!).success).toBe((before.success ?? 0) + 1);
});
