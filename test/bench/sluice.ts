import { createWriteStream } from 'node:fs';
import { startGateway } from '../../src/gateway/gateway.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { tellUsage } from './usage.ts';

/** Sluice's gateway in front of the provider, with a rollout at 50 %, keys, evidence, metrics and records. */
const namespace = 'bench';
const store = memoryStore();
store.secrets.set('bench/provider/key', 'sk-bench');
store.put({
  kind: 'ModelProvider',
  metadata: { name: 'provider', namespace },
  spec: {
    dialect: 'OpenAI',
    baseURL: `${process.argv[2]}/v1`,
    auth: { secretRef: { name: 'provider', key: 'key' } },
  },
});
const backends = [{ name: 'only', providerRef: { name: 'provider' }, model: 'model-a' }];
const route = store.put({ kind: 'ModelRoute', metadata: { name: 'fast', namespace }, spec: { backends } });
const messages = [{ role: 'system' as const, content: 'You answer questions about {{product}} briefly.' }];
const release = store.put({
  kind: 'PromptRelease',
  metadata: { name: 'answers', namespace },
  spec: { routeRef: { name: 'fast' }, prompt: { messages } },
});
const kept = { namespace, createdAt: new Date().toISOString(), number: 1 };
const owner = (kind: 'ModelRoute' | 'PromptRelease', uid: string) => ({
  kind,
  name: kind === 'ModelRoute' ? 'fast' : 'answers',
  uid,
});
await store.keepRevision({
  ...kept,
  name: 'fast-1',
  owner: owner('ModelRoute', route.metadata.uid),
  content: { backends },
} as never);
for (const name of ['answers-1', 'answers-2']) {
  const content = { routeRef: { name: 'fast' }, prompt: { messages }, parameters: {} };
  await store.keepRevision({
    ...kept,
    name,
    owner: owner('PromptRelease', release.metadata.uid),
    content,
  } as never);
}
await store.writeStatus(route, { stableRevision: 'fast-1', attempt: 1, epoch: 1 });
await store.writeStatus(release, {
  stableRevision: 'answers-1',
  candidateRevision: 'answers-2',
  traffic: [
    { revision: 'answers-1', weight: 50 },
    { revision: 'answers-2', weight: 50 },
  ],
  attempt: 2,
  epoch: 1,
});

const local = { host: '127.0.0.1', port: 0 };
const gateway = await startGateway({
  source: store,
  listen: local,
  admin: local,
  replica: 'bench',
  recordTo: createWriteStream(process.argv[3] ?? '/dev/null'),
});
process.send?.({ url: gateway.url });
tellUsage();
