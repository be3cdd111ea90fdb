import { eventually } from '../../test/eventually.ts';
import { memoryStore } from '../store/memory.ts';
import { startControllers } from './controllers.ts';

const NO_EVIDENCE = { read: async () => [] };

function setUp() {
  const store = memoryStore();
  const prompt = { messages: [{ role: 'system' as const, content: 'hello' }] };
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'n' },
    spec: { dialect: 'OpenAI', baseURL: 'http://127.0.0.1:1/v1' },
  });
  const backends = [{ name: 'one', providerRef: { name: 'sim' }, model: 'm' }];
  store.put({ kind: 'ModelRoute', metadata: { name: 'fast', namespace: 'n' }, spec: { backends } });
  const put = (name: string, promptFrom?: string) =>
    store.put({
      kind: 'PromptRelease',
      metadata: { name, namespace: 'n' },
      spec: {
        routeRef: { name: 'fast' },
        ...(promptFrom === undefined
          ? { prompt }
          : { promptFrom: { configMapKeyRef: { name: promptFrom, key: 'k' } } }),
      },
    });
  const phase = (name: string) => store.get('PromptRelease', 'n', name)?.status.phase;
  const healthy = (name: string) =>
    eventually(
      () => `${name} is ${phase(name)}`,
      () => (phase(name) === 'Healthy' ? true : undefined),
      5_000,
    );
  return { store, put, phase, healthy };
}

test('an object whose look-up throws is tried again, and stops no other', async () => {
  const { store, put, phase, healthy } = setUp();
  let broken = true;
  const configMap = store.configMap;
  store.configMap = async (...asked) => {
    if (broken) throw new Error('the API server hung up');
    return configMap(...asked);
  };
  store.configMaps.set('n/prompts/k', 'messages: [{role: system, content: one}]');
  for (const name of ['bad-1', 'bad-2', 'bad-3', 'bad-4', 'bad-5']) put(name, 'prompts');
  for (const name of ['good-1', 'good-2']) put(name);
  const controllers = startControllers({ store, evidence: NO_EVIDENCE });
  try {
    await healthy('good-1');
    await healthy('good-2');
    put('later');
    await healthy('later');
    expect(phase('bad-1')).toBeUndefined();
    broken = false;
    await healthy('bad-1');
    await healthy('bad-5');
  } finally {
    await controllers.stop();
  }
});

test('an object whose spec is nothing at all is Invalid, and stops no other', async () => {
  const { store, put, phase, healthy } = setUp();
  store.put({
    kind: 'PromptRelease',
    metadata: { name: 'damaged', namespace: 'n' },
    spec: null as never,
    invalid: 'spec: expected an object',
  });
  put('good');
  const controllers = startControllers({ store, evidence: NO_EVIDENCE });
  try {
    await healthy('good');
    expect(phase('damaged')).toBe('Invalid');
    put('later');
    await healthy('later');
  } finally {
    await controllers.stop();
  }
});
