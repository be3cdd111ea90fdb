import type { EvalSuiteSpec } from '../../src/api/eval-suite.ts';
import type { TakenTraits } from '../../src/gateway/samples/trait-book.ts';
import { addTraits } from '../../src/traits/counts.ts';
import { eventually } from '../eventually.ts';
import { ask, askStream, held, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: { text: 'SORRY' }, answer: 'Sorry, that is terrible.' },
    { match: {}, answer: 'Thank you, great!' },
  ]);
});
afterEach(() => stage.stop());

type Watch = NonNullable<NonNullable<EvalSuiteSpec['schedule']>['watch']>;

/** Puts a suite, and waits until calls are served by it. */
async function putSuite(
  watch: Watch | undefined,
  kind: 'PromptRelease' | 'ModelRoute' = 'PromptRelease',
): Promise<void> {
  const name = kind === 'PromptRelease' ? 'triage' : 'fast';
  const schedule = { every: '24h', releases: [{ kind, name }], ...(watch && { watch }) };
  const metadata = { name: `of-${name}`, namespace: 'support' };
  // A table may be on its way that was compiled before: the one after it was not.
  for (let round = 0; round < 2; round++) {
    const before = await swaps();
    stage.store.put({ kind: 'EvalSuite', metadata, spec: { cases: [], schedule } });
    await eventually('another table serves', async () => (await swaps()) > before);
  }
}

async function swaps(): Promise<number> {
  const text = await (await fetch(`${stage.gateway.adminUrl}/metrics`)).text();
  return Number(/^sluice_gateway_table_swaps_total (\d+)$/m.exec(text)?.[1]);
}
const ALL: Watch = { share: '100%' };
const says = (content: string) => ({ messages: [{ role: 'user', content }] });
const secret = 'Wo ist das Paket von Jane Doe, und wie ist die Nummer?';

/** What is taken once so many calls have been counted. */
async function taken(calls: number): Promise<TakenTraits[]> {
  const found: TakenTraits[] = [];
  const counted = () => found.reduce((sum, each) => sum + each.calls, 0);
  const add = (more: TakenTraits) => {
    const known = found.find(({ uid, revision }) => uid === more.uid && revision === more.revision);
    if (known === undefined) return found.push(more);
    addTraits(known.traits, more.traits);
    known.calls += more.calls;
  };
  await eventually(
    () => `${calls} calls: ${JSON.stringify(found)}`,
    () => {
      for (const each of stage.gateway.takeTraits()) add(each);
      return counted() >= calls;
    },
  );
  return found;
}

test('what a caller sends, is answered and says is counted for what serves, and nothing of it is kept', async () => {
  await putSuite({ ...ALL, variables: ['lang'] });
  const { call } = await ask(stage, 'a', { ...says(secret), variables: { lang: 'Jane' } });
  await stage.client.post('/feedback', { body: { call, thumb: 'down', score: 0.1 } });
  const [only, ...others] = await taken(1);
  expect(others).toEqual([]);
  const metadata = stage.store.get('PromptRelease', 'support', 'triage')!.metadata;
  expect(only).toEqual({
    kind: 'PromptRelease',
    namespace: 'support',
    name: 'triage',
    uid: metadata.uid,
    revision: stage.status().stableRevision,
    calls: 1,
    traits: {
      inputs: {
        length: { 11: 1 },
        messages: { 1: 1 },
        language: { de: 1 },
        variables: expect.any(Object),
        'value:lang': expect.any(Object),
      },
      answers: { ending: { success: 1 }, length: { 8: 1 }, sentiment: { positive: 1 } },
      feedback: { thumb: { down: 1 }, score: { 0: 1 } },
    },
  });
  expect(JSON.stringify(only)).not.toContain('Jane');
  expect(stage.gateway.takeTraits()).toEqual([]);
});

test('streams, and a route under its own name, are counted too; a call of both is counted for each', async () => {
  await putSuite(ALL);
  await putSuite(ALL, 'ModelRoute');
  await askStream(stage, 'a', says('SORRY'));
  await ask(stage, 'b', { model: 'fast' });
  const found = await taken(3);
  const of = (kind: string) => found.find((each) => each.kind === kind);
  expect(of('PromptRelease')).toMatchObject({
    calls: 1,
    traits: { answers: { sentiment: { negative: 1 } } },
  });
  expect(of('ModelRoute')).toMatchObject({
    calls: 2,
    traits: { answers: { sentiment: { negative: 1, positive: 1 } } },
  });
});

test('calls that a candidate answered are not counted, nor those that failed', async () => {
  await putSuite(ALL);
  const stable = stage.status().stableRevision!;
  stage.putRelease('You are B.', { rollout: held(50, { rescue: false }) });
  await stage.until(({ traffic }) => traffic?.length === 2);
  const asked = await Promise.all(Array.from({ length: 30 }, (_, n) => ask(stage, `u${n}`)));
  await ask(stage, 'x', says('FAIL')).catch(() => {});
  const byStable = asked.filter(({ revision }) => revision === stable).length;
  expect(byStable).toBeLessThan(30);
  const found = await taken(byStable);
  expect(found.map(({ revision, calls }) => ({ revision, calls }))).toEqual([
    { revision: stable, calls: byStable },
  ]);
});

test('where nobody watches, or a share that is not drawn, nothing is counted', async () => {
  await putSuite(undefined);
  for (let n = 0; n < 5; n++) await ask(stage, `u${n}`);
  await putSuite({ share: '0.000001%' });
  const { call } = await ask(stage, 'a');
  await stage.client.post('/feedback', { body: { call, thumb: 'up' } });
  await putSuite(ALL);
  await ask(stage, 'b');
  expect(await taken(1)).toMatchObject([{ calls: 1, traits: { feedback: {} } }]);
});

test('what nobody watches any more is forgotten', async () => {
  await putSuite(ALL);
  await ask(stage, 'a');
  await ask(stage, 'b');
  await putSuite(undefined);
  expect(stage.gateway.takeTraits()).toEqual([]);
  await putSuite(ALL);
  await ask(stage, 'c');
  expect(await taken(1)).toMatchObject([{ calls: 1 }]);
});

test('the evaluator takes counts from the admin port, by POST alone', async () => {
  await putSuite(ALL);
  await ask(stage, 'a');
  const take = async (method: string) => fetch(`${stage.gateway.adminUrl}/traits/take`, { method });
  expect((await take('GET')).status).toBe(405);
  await eventually('the call is counted', async () => {
    const found = (await (await take('POST')).json()) as TakenTraits[];
    return found[0]?.calls === 1;
  });
});

test('what a provider takes for text and a prompt would not take for variables is counted without', async () => {
  await putSuite(ALL, 'ModelRoute');
  await ask(stage, 'a', { model: 'fast', ...says('Hi'), metadata: { variables: 'none of them' } });
  expect(await taken(1)).toMatchObject([
    { name: 'fast', calls: 1, traits: { inputs: { messages: { 1: 1 } } } },
  ]);
});
