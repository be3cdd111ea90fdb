import { dirname } from 'node:path';
import type { Resource } from '../../src/api/resource.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import { kubeconfigCredentials } from '../../src/store/kubernetes/kubeconfig.ts';
import { type KubernetesStore, kubernetesStore } from '../../src/store/kubernetes/store.ts';
import { kubernetesTransport, type Transport } from '../../src/store/kubernetes/transport.ts';
import type { Change } from '../../src/store/store.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { run } from '../control-plane/run.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { kubectl, release, revisionOfRelease } from './manifests.ts';

let cluster: Cluster;
let namespace: string;
let transport: Transport;
let store: KubernetesStore;
let writable = true;
const said: string[] = [];
const changes: Change[] = [];

beforeAll(async () => {
  cluster = await sharedControlPlane();
  namespace = await cluster.createNamespace('store');
  const credentials = await kubeconfigCredentials({ kubeconfig: cluster.kubeconfig });
  transport = kubernetesTransport({ credentials, userAgent: 'sluice/test' });
  const say = (fields: object, message: string) => said.push(`${message} ${JSON.stringify(fields)}`);
  store = kubernetesStore({
    transport,
    namespace,
    epoch: () => 3,
    mayWrite: () => writable,
    log: { debug: say, info: say, warn: say, error: say },
  });
  store.subscribe((change) => changes.push(change));
  store.subscribe(() => {
    throw new Error('a listener of the test that always fails');
  });
  store.start();
  await store.synced();
});

afterAll(async () => {
  await store.stop();
  await transport.close();
});

const apply = (object: object) => kubectl(cluster, ['apply', '-f', '-'], object);
const live = async (kind: string, name: string) =>
  JSON.parse(
    await kubectl(cluster, ['get', kind, name, '-n', namespace, '-o', 'json', '--show-managed-fields']),
  );

/** Applies a release and waits until the store has it. */
async function applied(
  name: string,
  content?: string,
  metadata?: object,
): Promise<Resource<'PromptRelease'>> {
  await apply(release(namespace, name, content, metadata));
  return eventually(`${name} in the cache`, () => store.get('PromptRelease', namespace, name));
}

test('what kubectl applies, changes and deletes is in the cache, and told of', async () => {
  const resource = await applied('watched', 'one');
  expect(resource.metadata.managers).toEqual(['kubectl-client-side-apply']);
  expect(resource.metadata.annotations).toEqual({});
  expect(resource.invalid).toBeUndefined();
  await apply(release(namespace, 'watched', 'two'));
  await eventually('the change', () => {
    const prompt = store.get('PromptRelease', namespace, 'watched')?.spec.prompt;
    return prompt?.messages[0]?.content === 'two';
  });
  await kubectl(cluster, ['delete', 'prel', 'watched', '-n', namespace]);
  await eventually('the deletion', () => !store.get('PromptRelease', namespace, 'watched'));
  const told = changes.filter(({ name }) => name === 'watched');
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(said.some((line) => line.includes('listener'))).toBe(true);
});

test('a status is put in the place of the old one: what is left out is gone', async () => {
  const resource = await applied('status');
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Ok',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00.000Z',
    observedGeneration: 1,
  } as const;
  const full: ReleaseStatus = {
    observedGeneration: 1,
    phase: 'Progressing',
    candidateRevision: 'status-0123456789',
    epoch: 3,
    step: { index: 0, count: 3, weight: 5 },
    traffic: [{ revision: 'status-0123456789', weight: 100 }],
    conditions: [condition, { ...condition, type: 'Stalled', status: 'False' }],
  };
  const first = await store.writeStatus(resource, full);
  expect(first.status).toEqual(full);
  const small: ReleaseStatus = { observedGeneration: 1, phase: 'Healthy', conditions: [condition] };
  const second = await store.writeStatus(first, small);
  expect(second.status).toEqual(small);
  expect((await live('prel', 'status')).status).toEqual(small);

  // Read your writes: the cache has it without waiting for the watch.
  expect(store.get('PromptRelease', namespace, 'status')!.status).toEqual(small);
  expect(second.metadata.generation).toBe(resource.metadata.generation);
});

test('fifty status writes leave one entry of ours in managedFields', async () => {
  let resource = await applied('managed');
  for (let calls = 0; calls < 50; calls += 1) {
    resource = await store.writeStatus(resource, {
      phase: 'Progressing',
      step: { index: 0, count: 1, weight: 5, calls },
    });
  }
  const { managedFields } = (await live('prel', 'managed')).metadata;
  expect(managedFields).toHaveLength(2);
  expect(managedFields.filter((each: { manager: string }) => each.manager === 'sluice')).toMatchObject([
    { operation: 'Apply', subresource: 'status' },
  ]);
  expect(resource.metadata.managers).toEqual(['kubectl-client-side-apply']);
});

test('the same status written again changes nothing', async () => {
  const resource = await applied('same');
  const first = await store.writeStatus(resource, { phase: 'Healthy' });
  const second = await store.writeStatus(first, { phase: 'Healthy' });
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
});

test('every write is refused with Conflict where the object has changed since', async () => {
  const old = await applied('conflict', 'one');
  await apply(release(namespace, 'conflict', 'two', { annotations: { 'sluice.dev/abort': '' } }));
  const stale = { ...old, metadata: { ...old.metadata, annotations: { 'sluice.dev/abort': '' } } };
  await expect(store.writeStatus(stale, { phase: 'Healthy' })).rejects.toMatchObject({ code: 'Conflict' });
  await expect(store.writeSpecFields(stale, { parameters: {} })).rejects.toMatchObject({ code: 'Conflict' });
  await expect(store.clearAnnotations(stale, ['sluice.dev/abort'])).rejects.toMatchObject({
    code: 'Conflict',
  });
  const now = await live('prel', 'conflict');
  expect(now.status).toBeUndefined();
  expect(now.spec.parameters).toEqual({ temperature: 0 });
  expect(now.metadata.annotations).toHaveProperty(['sluice.dev/abort']);
});

test('a write to what is gone is NotFound, and makes nothing', async () => {
  const gone = await applied('gone');
  await kubectl(cluster, ['delete', 'prel', 'gone', '-n', namespace]);
  await expect(store.writeStatus(gone, { phase: 'Healthy' })).rejects.toMatchObject({ code: 'NotFound' });
  await expect(store.writeSpecFields(gone, { parameters: {} })).rejects.toMatchObject({ code: 'NotFound' });
  await store.clearAnnotations({ ...gone, metadata: { ...gone.metadata, annotations: { x: '' } } }, ['x']);
  expect((await cluster.kubectl(['get', 'prel', 'gone', '-n', namespace])).code).toBe(1);
  await eventually('the deletion', () => !store.get('PromptRelease', namespace, 'gone'));
});

test('a write to an object that was made anew under the same name is refused', async () => {
  const first = await applied('anew');
  await kubectl(cluster, ['delete', 'prel', 'anew', '-n', namespace]);
  await apply(release(namespace, 'anew'));
  await expect(store.writeStatus(first, { phase: 'Healthy' })).rejects.toMatchObject({ code: 'Conflict' });
});

test('spec fields are replaced whole, added and removed, and grow the generation', async () => {
  const resource = await applied('spec', 'bad');
  const prompt = { messages: [{ role: 'user' as const, content: 'good' }] };
  const fields = { prompt, parameters: undefined, owner: { team: 'a/b~c' }, promptFrom: undefined };
  const next = await store.writeSpecFields(resource, fields);
  expect(next.spec).toEqual({ routeRef: { name: 'fast' }, prompt, owner: { team: 'a/b~c' } });
  expect(next.metadata.generation).toBe(resource.metadata.generation + 1);
  expect((await live('prel', 'spec')).spec).toEqual(next.spec);
});

test('annotations that were acted on are removed, others stay; the spec is not touched', async () => {
  const annotations = { 'sluice.dev/promote': 'x', 'other.dev/kept': 'y' };
  const resource = await applied('annotated', 'a', { annotations });
  await store.clearAnnotations(resource, ['sluice.dev/promote', 'sluice.dev/abort']);
  const { metadata } = store.get('PromptRelease', namespace, 'annotated')!;
  expect(metadata.annotations).toEqual({ 'other.dev/kept': 'y' });
  expect(metadata.generation).toBe(resource.metadata.generation);
});

test('a verb is asked for beside what is there, once, and of no other object of that name', async () => {
  const resource = await applied('asked', 'a', { annotations: { 'other.dev/kept': 'y' } });
  await store.annotate(resource, { 'sluice.dev/rollback-to': 'asked-1', 'sluice.dev/by': 'me' });
  const asked = store.get('PromptRelease', namespace, 'asked')!;
  expect(asked.metadata.annotations).toEqual({
    'other.dev/kept': 'y',
    'sluice.dev/rollback-to': 'asked-1',
    'sluice.dev/by': 'me',
  });
  expect(asked.metadata.generation).toBe(resource.metadata.generation);
  await expect(store.annotate(asked, { 'sluice.dev/abort': '' })).rejects.toMatchObject({ code: 'Conflict' });
  const other = {
    ...resource,
    metadata: { ...resource.metadata, uid: '0c7b5a1e-0000-4000-8000-000000000000' },
  };
  await expect(store.annotate(other, { 'sluice.dev/abort': '' })).rejects.toMatchObject({ code: 'Invalid' });
});

describe('revisions', () => {
  test('are kept once, there at once, and owned', async () => {
    const { metadata } = await applied('owner');
    const revision = revisionOfRelease(namespace, 'owner', metadata.uid, 'kept');
    await store.keepRevision(revision);
    expect(store.revision(namespace, revision.name)).toEqual(revision);
    expect(store.revisions({ kind: 'PromptRelease', namespace, name: 'owner' })).toEqual([revision]);
    await store.keepRevision(revision);

    const kept = await live('controllerrevision', revision.name);
    expect(kept.metadata.labels).toEqual({ 'sluice.dev/kind': 'PromptRelease', 'sluice.dev/name': 'owner' });
    expect(kept.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'PromptRelease',
        name: 'owner',
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: false,
      },
    ]);
    const told = changes.filter((change) => change.kind === 'Revision' && change.name === revision.name);
    expect(told).toEqual([
      { kind: 'Revision', namespace, name: revision.name, owner: { kind: 'PromptRelease', name: 'owner' } },
    ]);

    await store.dropRevision(revision);
    expect(store.revision(namespace, revision.name)).toBeUndefined();
    await store.dropRevision(revision);
  });

  test('of other content under the same name are refused', async () => {
    const { metadata } = await applied('other');
    await store.keepRevision(revisionOfRelease(namespace, 'other', metadata.uid, 'one'));
    const other = revisionOfRelease(namespace, 'other', metadata.uid, 'two');
    await expect(store.keepRevision(other)).rejects.toMatchObject({ code: 'Conflict' });
    await expect(store.keepRevision(other)).rejects.toThrow('other-0123456789');
  });
});

test('Secrets and ConfigMaps are read by key, and a Secret is said nowhere', async () => {
  const planted = 'sk-planted-7d1f0c';
  const meta = (name: string) => ({ name, namespace });
  const stringData = { apiKey: `${planted}\n` };
  await apply({ apiVersion: 'v1', kind: 'Secret', metadata: meta('openai'), stringData });
  await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('prompts'), data: { text: 'Grüezi' } });
  expect(await store.secret(namespace, 'openai', 'apiKey')).toBe(planted);
  expect(await store.secret(namespace, 'openai', 'none')).toBeUndefined();
  expect(await store.secret(namespace, 'none', 'apiKey')).toBeUndefined();
  expect(await store.configMap(namespace, 'prompts', 'text')).toBe('Grüezi');
  expect(await store.configMap(namespace, 'prompts', 'none')).toBeUndefined();
  expect(await store.configMap(namespace, 'none', 'text')).toBeUndefined();
  expect(said.join('\n')).not.toContain(planted);
  expect(said.join('\n')).not.toContain(Buffer.from(planted).toString('base64'));
});

test('the remedy for a missing or unusable Secret works as it is shown, with the value in no argument', async () => {
  const kubectlFolder = await findBinaries().then(
    ({ kubectl }) => dirname(kubectl),
    () => '.',
  );
  const env = {
    ...process.env,
    KUBECONFIG: cluster.kubeconfig,
    PATH: `${kubectlFolder}:${process.env.PATH}`,
  };
  const follow = async (key: string, input: string) => {
    const remedy = store.secretRemedy(namespace, 'made', key).replace('run: ', '');
    expect(await run('bash', ['-c', remedy], { env, input })).toMatchObject({ code: 0, stderr: '' });
  };
  await follow('apiKey', 'from a pipe\n');
  expect(await store.secret(namespace, 'made', 'apiKey')).toBe('from a pipe');

  const stringData = { apiKey: '', b: '2' };
  await apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'made', namespace }, stringData });
  expect(await store.secret(namespace, 'made', 'apiKey')).toBe('');
  await follow('c', 'another\n');
  await follow('apiKey', 'renewed\n');
  const values = ['apiKey', 'b', 'c'].map((key) => store.secret(namespace, 'made', key));
  expect(await Promise.all(values)).toEqual(['renewed', '2', 'another']);
});

test('an Event shows in kubectl describe, and the same again is counted', async () => {
  const { metadata } = await applied('noted');
  const { name, uid } = metadata;
  const note = {
    kind: 'PromptRelease',
    namespace,
    name,
    uid,
    type: 'Warning',
    reason: 'RolledBack',
  } as const;
  store.note({ ...note, message: '7 of 31 refused' });
  await eventually('the Event', async () =>
    (await kubectl(cluster, ['get', 'events', '-n', namespace])).includes('7 of 31 refused'),
  );
  for (let each = 0; each < 4; each += 1) store.note({ ...note, message: '7 of 31 refused' });
  const described = await eventually('the count', async () => {
    const text = await kubectl(cluster, ['describe', 'prel', 'noted', '-n', namespace]);
    return /RolledBack.*\(x5 over .*7 of 31 refused/.test(text) && text;
  });
  expect(described.match(/RolledBack/g)).toHaveLength(1);
  expect(described).toMatch(/Warning\s+RolledBack/);
});

test('an object that does not parse is invalid and stops no other', async () => {
  const bad = { ...release(namespace, 'bad'), spec: { routeRef: { name: 'fast' }, promptFrom: {} } };
  const { code } = await cluster.kubectl(['create', '--validate=false', '-f', '-'], {
    input: JSON.stringify(bad),
  });
  await applied('good-after-bad');
  // Where the CRD refuses it, as it should, there is nothing to be read.
  const resource = store.get('PromptRelease', namespace, 'bad');
  if (code !== 0) expect(resource).toBeUndefined();
  else expect(resource?.invalid).toMatch(/^spec\.promptFrom/);
});

test('who may not write any more writes nothing', async () => {
  const resource = await applied('fenced');
  const revision = revisionOfRelease(namespace, 'fenced', resource.metadata.uid, 'x');
  writable = false;
  try {
    for (const write of [
      () => store.writeStatus(resource, { phase: 'Healthy' }),
      () => store.writeSpecFields(resource, { parameters: {} }),
      () => store.keepRevision(revision),
      () => store.dropRevision(revision),
    ]) {
      await expect(write()).rejects.toThrow('this process writes nothing more');
    }
  } finally {
    writable = true;
  }
  expect((await live('prel', 'fenced')).metadata.resourceVersion).toBe(resource.metadata.resourceVersion);
});

test('a user who may not is told what is forbidden to whom', async () => {
  const credentials = await kubeconfigCredentials({ kubeconfig: cluster.kubeconfig });
  const nobody = kubernetesTransport({
    credentials: {
      namespace,
      read: async () => {
        const access = await credentials.read();
        return { ...access, headers: { ...access.headers, 'impersonate-user': 'nobody' } };
      },
    },
  });
  const refused = nobody.request({ method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets/openai` });
  await expect(refused).rejects.toMatchObject({ code: 'Forbidden' });
  await expect(refused).rejects.toThrow(/"nobody" cannot get resource "secrets"/);
  await nobody.close();
});
