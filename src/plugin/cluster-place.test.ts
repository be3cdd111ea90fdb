import { ApiError } from '../store/kubernetes/api-error.ts';
import type { ApiRequest, Transport } from '../store/kubernetes/transport.ts';
import { clusterPlace } from './cluster-place.ts';
import type { Release } from './place.ts';

/** A place over an API server that answers as `answer` says, and what it was asked. */
function place(answer: (request: ApiRequest) => unknown) {
  const asked: ApiRequest[] = [];
  const transport: Transport = {
    namespace: 'support',
    request: async (request) => {
      asked.push(request);
      return answer(request);
    },
    async *watch() {},
    close: async () => {},
  };
  const it = clusterPlace({
    transport,
    user: 'jane-context',
    program: 'kubectl sluice',
    flags: ['--context', 'x y'],
  });
  return { it, asked };
}

const refused = (status: number, message: string) => () => {
  throw new ApiError('Forbidden', message, { status });
};
const release = { kind: 'ModelRoute', metadata: { name: 'fast', namespace: 'support' } } as Release;

test('annotations are merged into the object, and those without a text removed', async () => {
  const { it, asked } = place(() => ({}));
  await it.annotate(release, { 'sluice.dev/abort': 'fast-1', 'sluice.dev/reason': '' });
  expect(asked).toEqual([
    {
      method: 'PATCH',
      path: '/apis/sluice.dev/v1alpha1/namespaces/support/modelroutes/fast',
      query: { fieldManager: 'kubectl-sluice' },
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { 'sluice.dev/abort': 'fast-1', 'sluice.dev/reason': null } } },
    },
  ]);
});

test.each([
  [403, 'modelroutes "fast" is forbidden', 'you may not do this: ask for a role'],
  [401, 'Unauthorized', 'log in again'],
  [404, 'the server could not find the requested resource', "install Sluice's CRDs"],
])('an HTTP %i is told with a remedy', async (status, message, remedy) => {
  const { it } = place(refused(status, message));
  await expect(it.setPaused(release, true)).rejects.toThrow(remedy);
  await expect(it.setPaused(release, true)).rejects.toThrow(message);
  await expect(it.list()).rejects.toThrow(remedy);
});

test('an object that is not there is none, a kind that is not there is an error', async () => {
  const missing = place(refused(404, 'modelroutes.sluice.dev "fast" not found'));
  expect(await missing.it.get('ModelRoute', 'support', 'fast')).toBeUndefined();
  const unknown = place(refused(404, 'the server could not find the requested resource'));
  await expect(unknown.it.get('ModelRoute', 'support', 'fast')).rejects.toThrow('CRDs');
});

test('who asks is as the API server says, else as the kubeconfig does', async () => {
  expect(await place(() => ({ status: { userInfo: { username: 'jane' } } })).it.who()).toBe('jane');
  expect(await place(refused(404, 'no such review')).it.who()).toBe('jane-context');
});

test('a command comes to the same object again', () => {
  const { it } = place(() => ({}));
  expect(it.command('retry', release, 'fast-1')).toBe(
    "kubectl sluice retry --context 'x y' -n support mroute/fast fast-1",
  );
});
