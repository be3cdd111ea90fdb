import type { RawObject } from './raw-object.ts';
import { readResource } from './read-resource.ts';

const release = (fields: Partial<RawObject> = {}): RawObject => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'PromptRelease',
  metadata: { name: 'triage', namespace: 'support', uid: 'u1', resourceVersion: '7', generation: 3 },
  spec: { routeRef: { name: 'fast' }, prompt: { messages: [{ role: 'system', content: 'Triage.' }] } },
  ...fields,
});

test('a good object is read whole', () => {
  const resource = readResource('PromptRelease', release({ status: { phase: 'Healthy', attempt: 2 } }));
  expect(resource).toEqual({
    kind: 'PromptRelease',
    metadata: {
      name: 'triage',
      namespace: 'support',
      uid: 'u1',
      resourceVersion: '7',
      generation: 3,
      labels: {},
      annotations: {},
      managers: [],
    },
    spec: release().spec,
    status: { phase: 'Healthy', attempt: 2 },
  });
});

test('managers are those of spec and metadata, once each; the copy that kubectl leaves is dropped', () => {
  const { metadata } = readResource(
    'PromptRelease',
    release({
      metadata: {
        ...release().metadata,
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'sluice.dev/abort': '' },
        managedFields: [
          { manager: 'argocd-controller' },
          { manager: 'argocd-controller' },
          { manager: 'sluice', subresource: 'status' },
          {},
        ],
      },
    }),
  );
  expect(metadata.managers).toEqual(['argocd-controller']);
  expect(metadata.annotations).toEqual({ 'sluice.dev/abort': '' });
});

test.each([
  [
    'a field of another type',
    { routeRef: { name: 'fast' }, prompt: { messages: [{ role: 1 }] } },
    'spec.prompt.messages[0]',
  ],
  ['no spec at all', undefined, 'spec'],
  ['a list', [], 'spec'],
])('%s makes the object invalid and says where, without throwing', (_name, spec, where) => {
  const { invalid } = readResource('PromptRelease', release({ spec }));
  expect(invalid?.startsWith(where)).toBe(true);
});

test.each([null, 7, 'text', []])('a status of %j is as none', (status) => {
  expect(readResource('PromptRelease', release({ status })).status).toEqual({});
});

test("another version's status keeps what this version knows of it", () => {
  const { status } = readResource(
    'PromptRelease',
    release({
      status: {
        stableRevision: 'triage-0123456789',
        fromTheFuture: { a: 1 },
        phase: 'Dreaming',
        step: { index: 0, count: 3, weight: 5, novel: true },
        quarantined: [{ revision: 'triage-9999999999', reason: 'bad', at: '2026-01-01T00:00:00Z', by: 'me' }],
      },
    }),
  );
  expect(status).toEqual({
    stableRevision: 'triage-0123456789',
    step: { index: 0, count: 3, weight: 5 },
    quarantined: [{ revision: 'triage-9999999999', reason: 'bad', at: '2026-01-01T00:00:00Z' }],
  });
});
