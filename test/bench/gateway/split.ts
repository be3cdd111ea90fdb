import type { EvidenceReading } from '../../../src/api/evidence.ts';
import type { MemoryStore } from '../../../src/store/memory.ts';
import { eventually } from '../../eventually.ts';

/** Puts a release and its route into the store, and a split of it, and waits until all that serves draws from it. */
export async function putSplit(
  store: MemoryStore,
  upstream: string,
  more: object,
  evidence: () => Promise<EvidenceReading[]>,
): Promise<void> {
  const metadata = (name: string) => ({ name, namespace: 'support' });
  store.put({
    kind: 'ModelProvider',
    metadata: metadata('p'),
    spec: {
      dialect: 'OpenAI',
      baseURL: `${upstream}/v1`,
      models: [{ name: 'm', pricesPerMillion: { input: '0.25', output: '2.00' } }],
    },
  });
  store.put({
    kind: 'ModelRoute',
    metadata: metadata('fast'),
    spec: { backends: [{ name: 'b', providerRef: { name: 'p' }, model: 'm' }], ...more },
  });
  const release = (content: string) =>
    store.put({
      kind: 'PromptRelease',
      metadata: metadata('triage'),
      spec: {
        routeRef: { name: 'fast' },
        owner: { team: 'support', feature: 'triage' },
        prompt: { messages: [{ role: 'system', content }] },
        rollout: { steps: [{ weight: 25, minDuration: '24h' }] },
      },
    });
  const weights = async () =>
    (await evidence()).map(({ releases }) => releases.map(({ serving }) => serving?.weight));
  release('You sort tickets. Answer in one word.');
  await eventually('both are served', async () => (await weights()).every(({ length }) => length === 2));
  release('You sort tickets. Answer in two words.');
  await eventually('the split is in force', async () => (await weights()).every((each) => each.includes(25)));
}
