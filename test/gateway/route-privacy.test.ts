import { eventually } from '../eventually.ts';
import { KEY, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([{ match: {}, answer: 'Hello' }]);
});
afterEach(() => stage.stop());

const call = () =>
  stage.client.chat.completions
    .create({ model: 'support/triage', messages: [{ role: 'user', content: 'hi' }] })
    .then(
      () => String(stage.seen.at(-1)!.body.model),
      (error: { status: number }) => `${error.status}`,
    );

function provider(name: string, training?: boolean): void {
  stage.store.secrets.set(`support/${name}/key`, KEY);
  stage.store.put({
    kind: 'ModelProvider',
    metadata: { name, namespace: 'support' },
    spec: {
      dialect: 'OpenAI',
      baseURL: stage.simulator.baseURL,
      auth: { secretRef: { name, key: 'key' } },
      ...(training !== undefined && { dataPolicy: { training } }),
    },
  });
}

test('a provider that takes back what it promised is not asked any more, as fallback neither', async () => {
  provider('sim', false);
  provider('other', false);
  const backends = [{ model: 'first' }, { model: 'second', providerRef: { name: 'other' } }];
  stage.putRoute(backends, { privacy: { require: { training: false } }, rollout: { strategy: 'Immediate' } });
  await eventually('the first is asked', async () => (await call()) === 'first');

  provider('sim', true);
  await eventually('the second is asked', async () => (await call()) === 'second');
  // What is not said is not promised.
  provider('other');
  await eventually('nobody may be asked', async () => (await call()) === '502');
  const asked = stage.seen.length;
  expect(await call()).toBe('502');
  expect(stage.seen).toHaveLength(asked);

  provider('sim', false);
  await eventually('the first is asked again', async () => (await call()) === 'first');
});

test('a provider that takes back what it promised is not asked any more, though the route goes on as it was', async () => {
  provider('sim', false);
  provider('other', false);
  const backends = [{ model: 'first' }, { model: 'second', providerRef: { name: 'other' } }];
  const privacy = { require: { training: false }, logContent: 'Full' as const };
  stage.putRoute(backends, { privacy, rollout: { strategy: 'Immediate' } });
  await eventually('the first is asked', async () => (await call()) === 'first');

  stage.store.remove('ModelProvider', 'support', 'other');
  provider('sim', true);
  await eventually('the second is asked', async () => (await call()) === 'second');
  stage.putRoute(backends, {
    privacy: { ...privacy, logContent: 'None' },
    rollout: { strategy: 'Immediate' },
  });
  const hash = async () => (await stage.records()).at(-1)?.['sluice.prompt.hash'];
  await eventually(
    'nothing is hashed',
    async () => (await call()) === 'second' && (await hash()) === undefined,
  );

  provider('sim', false);
  await eventually('the first is asked again', async () => (await call()) === 'first');
  stage.store.remove('ModelRoute', 'support', 'fast');
  provider('sim', true);
  await eventually('the second is asked again', async () => (await call()) === 'second');
  expect(await hash()).toBeUndefined();
});

test('with logContent None records hold not even hashes of what was said', async () => {
  const hashes = async () => {
    const record = (await stage.records()).at(-1);
    return [record?.['sluice.prompt.hash'], record?.['sluice.output.hash']];
  };
  await call();
  expect(await hashes()).toEqual([expect.stringMatching(/^sha256:/), expect.stringMatching(/^sha256:/)]);
  stage.putRoute([{}], { privacy: { logContent: 'None' } });
  await eventually('nothing is hashed', async () => {
    await call();
    return (await hashes()).every((hash) => hash === undefined);
  });
  expect((await stage.records()).at(-1)).toMatchObject({ 'sluice.outcome': 'success' });
});
