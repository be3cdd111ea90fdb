import type { Sample } from '../../src/gateway/samples/sample.ts';
import { drawsCandidate } from '../../src/gateway/split.ts';
import { eventually } from '../eventually.ts';
import { held, type Stage, startStage } from './stage.ts';

const SECRET = 'sk-proj-Zk3xQ9vB7nM2pL5tR8wY1aC4dF6gH0jK';
const PLANTED = ['jane.doe@example.com', '4111 1111 1111 1111', 'DE89370400440532013000', SECRET];
const PERSONAL = `Write to ${PLANTED[0]}, card ${PLANTED[1]}, IBAN ${PLANTED[2]}, key ${SECRET}`;

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: { text: 'PERSONAL' }, answer: PERSONAL },
    { match: { text: 'JSON' }, answer: JSON.stringify({ card: 4111111111111111, to: PLANTED[0], n: 5 }) },
    { match: { text: 'LONG' }, answer: 'word '.repeat(60_000) },
    { match: {}, answer: 'Hello' },
  ]);
});
afterEach(() => stage.stop());

function putSuite(share: string): void {
  const spec = { assert: [{ type: 'contains' as const, value: 'Hello' }], live: { share } };
  stage.store.put({ kind: 'EvalSuite', metadata: { name: 'kind', namespace: 'support' }, spec });
}

/** A rollout that is held at half of the calls, with a guardrail on the suite. */
async function inRollout(share = '100%', weight = 50): Promise<void> {
  putSuite(share);
  const { guardrails = [], ...rest } = held(weight);
  const quality = { name: 'quality', metric: 'EvalScore' as const, evalSuiteRef: { name: 'kind' } };
  stage.putRelease('good too', { rollout: { ...rest, guardrails: [...guardrails, quality] } });
  await stage.until(({ traffic }) => traffic?.length === 2);
}

async function call(content: string, over: object = {}): Promise<string> {
  const answer = await stage.client.chat.completions.create({
    model: 'support/triage',
    messages: [{ role: 'user', content }],
    ...over,
  });
  return answer.choices?.[0]?.message.content ?? '';
}

/** Waits for so many samples; whether more come is not told. */
async function samples(count: number): Promise<Sample[]> {
  const taken: Sample[] = [];
  await eventually(`${count} samples`, () => {
    taken.push(...stage.gateway.takeSamples(1_000));
    return taken.length >= count;
  });
  return taken;
}

test('answers of both revisions are sampled while one is rolled out, and none at rest', async () => {
  await inRollout();
  for (let n = 0; n < 20; n++) await call('hello', { user: `u${n}` });
  const taken = await samples(20);
  expect(taken).toHaveLength(20);
  const { uid } = stage.store.get('PromptRelease', 'support', 'triage')!.metadata;
  const { stableRevision, candidateRevision } = stage.status();
  for (const { revisions } of taken)
    expect(revisions).toEqual([
      {
        kind: 'PromptRelease',
        namespace: 'support',
        name: 'triage',
        uid,
        attempt: 2,
        weight: 50,
        revision: expect.any(String),
      },
    ]);
  const byRevision = Map.groupBy(taken, ({ revisions }) => revisions[0]!.revision);
  expect([...byRevision.keys()].sort()).toEqual([stableRevision, candidateRevision].sort());
  expect(taken[0]).toMatchObject({ route: 'fast', answer: { text: 'Hello', latencyMs: expect.any(Number) } });
  expect(taken[0]!.prompt).toContain('user: hello');

  stage.putRelease('You are A.');
  await stage.until(({ phase }) => phase === 'Healthy');
  await eventually('the split is gone', async () => {
    await call('hello');
    await new Promise((resolve) => setImmediate(resolve));
    return stage.gateway.takeSamples(10).length === 0;
  });
});

test('the draw is by the call alone: as many of the stable as of the candidate, at the share', async () => {
  await inRollout('30%');
  const { uid } = stage.store.get('PromptRelease', 'support', 'triage')!.metadata;
  const { candidateRevision } = stage.status();
  const users = Array.from({ length: 400 }, (_, n) => `u${n}`);
  await Promise.all(users.map((user) => call('hello', { user })));
  const taken = stage.gateway.takeSamples(1_000);
  const ofCandidate = taken.filter(({ revisions }) => revisions[0]!.revision === candidateRevision).length;
  const drawn = users.filter((user) => drawsCandidate(uid, candidateRevision!, 50, user)).length;
  // Six standard deviations of a share of 30 %.
  const near = (count: number, of: number) =>
    expect(Math.abs(count - 0.3 * of)).toBeLessThan(6 * Math.sqrt(of * 0.21));
  near(ofCandidate, drawn);
  near(taken.length - ofCandidate, users.length - drawn);
  for (const { place } of taken) expect(place).toBeLessThan(0.3);
});

test('what is personal or secret is not in a sample, and JSON stays JSON', async () => {
  await inRollout();
  const lookUp = { type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } };
  const variables = { who: PLANTED[0], deep: [{ key: SECRET }] };
  expect(await call(`PERSONAL ${PERSONAL}`, { variables, tools: [lookUp] })).toBe(PERSONAL);
  const streamed = await stage.client.chat.completions.create({
    model: 'support/triage',
    messages: [{ role: 'user', content: 'PERSONAL' }],
    stream: true,
  });
  for await (const _ of streamed);
  await call('JSON');
  const taken = await samples(3);
  for (const planted of PLANTED) expect(JSON.stringify(taken)).not.toContain(planted);
  expect(taken[0]).toMatchObject({
    vars: { who: '[EMAIL]', deep: [{ key: '[API_KEY]' }] },
    answer: { text: 'Write to [EMAIL], card [CARD], IBAN [IBAN], key [API_KEY]' },
    tools: [lookUp],
  });
  expect(JSON.parse(taken[2]!.answer.text)).toEqual({ card: 0, to: '[EMAIL]', n: 5 });
});

test('a full queue drops and counts, and a long answer is left out', async () => {
  await inRollout();
  await call('LONG');
  await Promise.all(Array.from({ length: 300 }, () => call('hello')));
  const metrics = async () => (await fetch(`${stage.gateway.adminUrl}/metrics`)).text();
  const counted = async (result: string) =>
    [
      ...(await metrics()).matchAll(
        new RegExp(`sluice_gateway_samples_total{.*result="${result}"} (\\d+)`, 'g'),
      ),
    ]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0);
  await eventually(
    'all are counted',
    async () => (await counted('kept')) + (await counted('dropped')) === 300,
  );
  expect(await counted('dropped')).toBe(300 - 256);
  expect(await counted('too_long')).toBe(1);
  const take = async (method: string) => fetch(`${stage.gateway.adminUrl}/samples/take`, { method });
  expect((await take('GET')).status).toBe(405);
  const taken = (await (await take('POST')).json()) as Sample[];
  expect(taken).toHaveLength(32);
  expect(stage.gateway.takeSamples(1_000)).toHaveLength(256 - 32);
});

test("a failed call, and what stable answered in its place, is nobody's sample", async () => {
  await inRollout('100%', 100);
  await call('FAIL').catch(() => {});
  await call('hello');
  const taken = await samples(1);
  expect(taken).toMatchObject([{ answer: { text: 'Hello' } }]);
});
