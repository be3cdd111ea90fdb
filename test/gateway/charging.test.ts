import { eventually } from '../eventually.ts';
import { ask, askStream, held, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: { text: 'FILTER' }, contentFilter: 1, answer: 'x' },
    { match: { model: 'model-down' }, errors: { rate: 1, status: 503 }, answer: 'x' },
    { match: { text: 'WRONG' }, errors: { rate: 1, status: 400 }, answer: 'x' },
    { match: {}, answer: 'Hello' },
  ]);
});
afterEach(() => stage.stop());

const users = Array.from({ length: 80 }, (_, n) => `user-${n}`);
const revisions = (kind: 'PromptRelease' | 'ModelRoute', name: string) => {
  const { stableRevision, candidateRevision } = stage.status(kind, name);
  return { stable: stage.outcomes(stableRevision!), candidate: stage.outcomes(candidateRevision!) };
};
const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

async function both(prompt: string, model: string): Promise<void> {
  stage.putRelease(prompt);
  stage.putRoute([{ model }], { rollout: held(50) });
  await stage.until((status) => status.step?.weight === 50);
  await stage.until((status) => status.step?.weight === 50, 'ModelRoute', 'fast');
}

test('a prompt and its route are drawn by themselves, and each is charged once for each call', async () => {
  await both('You are B.', 'model-b');
  for (const user of users) await ask(stage, user);
  const prompt = revisions('PromptRelease', 'triage');
  const route = revisions('ModelRoute', 'fast');
  for (const { stable, candidate } of [prompt, route]) {
    expect(total(stable) + total(candidate)).toBe(users.length);
    expect(total(candidate)).toBeGreaterThan(20);
    expect(total(stable)).toBeGreaterThan(20);
  }
  const drawn = (await stage.records()).map(
    (record) => `${record['sluice.revision']} ${record['sluice.route.revision']}`,
  );
  // All four pairs: neither draw follows from the other.
  expect(new Set(drawn).size).toBe(4);
});

test('a route that fails is charged, and so is the arm of the prompt that took part', async () => {
  await both('You are B.', 'model-down');
  for (const user of users) expect((await ask(stage, user)).data.choices[0]?.message.content).toBe('Hello');
  const prompt = revisions('PromptRelease', 'triage');
  const route = revisions('ModelRoute', 'fast');
  expect(Object.keys(route.candidate)).toEqual(['upstream_5xx']);
  expect(Object.keys(route.stable)).toEqual(['success']);
  // The failures of the route fall on both arms of the prompt alike, and make no difference between them.
  expect(prompt.stable.upstream_5xx).toBeGreaterThan(5);
  expect(prompt.candidate.upstream_5xx).toBeGreaterThan(5);
  expect(prompt.stable.upstream_5xx! + prompt.candidate.upstream_5xx!).toBe(route.candidate.upstream_5xx);
  expect(total(prompt.stable) + total(prompt.candidate)).toBe(users.length);
});

test('a candidate that fails is charged and recorded, though what would have answered for it may not be asked', async () => {
  stage.store.put({
    kind: 'ModelRoute',
    metadata: { name: 'down', namespace: 'support' },
    spec: { backends: [{ name: 'b', providerRef: { name: 'sim' }, model: 'model-down' }] },
  });
  await stage.until(({ phase }) => phase === 'Healthy', 'ModelRoute', 'down');
  stage.putRelease('You are B.', { rollout: held(50), spec: { routeRef: { name: 'down' } } });
  const { candidateRevision } = await stage.until((status) => status.step?.weight === 50);
  // Nobody answers there, and so nothing may leave by this route.
  const presidio = { url: 'http://127.0.0.1:1', entities: ['PERSON'] };
  stage.putRoute([{}], { privacy: { presidio }, rollout: { strategy: 'Immediate' } });

  const refusedOf = (user: string) =>
    ask(stage, user).then(
      () => false,
      ({ code }: { code: string }) => code === 'privacy_unavailable',
    );
  let asked = 0;
  await eventually('stable may not be asked', () => refusedOf(`before-${asked++}`));
  const before = total(stage.outcomes(candidateRevision!));
  let refused = 0;
  for (const user of users) if (await refusedOf(user)) refused++;
  const charged = total(stage.outcomes(candidateRevision!)) - before;
  expect(charged).toBeGreaterThan(20);
  expect(charged + refused).toBe(users.length);
  const recorded = (await stage.records()).filter((each) => each['sluice.revision'] === candidateRevision);
  expect(recorded).toHaveLength(charged + before);
});

test('a prompt that fails is charged, and so is the arm of the route that took part', async () => {
  await both('FAIL', 'model-b');
  for (const user of users.slice(0, 40)) expect((await askStream(stage, user)).text).toBe('Hello');
  const prompt = revisions('PromptRelease', 'triage');
  const route = revisions('ModelRoute', 'fast');
  expect(Object.keys(prompt.candidate)).toEqual(['upstream_5xx']);
  expect(prompt.stable).toEqual({ success: 40 - total(prompt.candidate) });
  expect(total(route.stable) + total(route.candidate)).toBe(40);
});

test("a content filter's 400 is a refusal: passed on, charged, and not answered by stable", async () => {
  stage.putRelease('FILTER', { rollout: held(99) });
  await stage.until((status) => status.step?.weight === 99);
  await expect(ask(stage, 'user-1')).rejects.toMatchObject({ status: 400, code: 'content_filter' });
  expect(revisions('PromptRelease', 'triage').candidate).toEqual({ refusal: 1 });
  expect((await stage.records())[0]?.['sluice.rescued.from']).toBeUndefined();
});

test('a first backend that fails is charged, also where the next finds the call wrong', async () => {
  stage.putRoute([{ model: 'model-down' }, {}], { rollout: { strategy: 'Immediate' } });
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
  const wrong = { model: 'fast', messages: [{ role: 'user', content: 'WRONG' }] };
  await expect(ask(stage, 'user-1', wrong)).rejects.toMatchObject({ status: 400 });
  const { stableRevision } = stage.status('ModelRoute', 'fast');
  expect(stage.outcomes(stableRevision!)).toEqual({ upstream_5xx: 1 });
});
