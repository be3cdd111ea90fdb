import { manualTimers } from '../../lib/manual-timers.ts';
import { ApiError } from './api-error.ts';
import { serviceEndpoints } from './endpoints.ts';
import type { ApiRequest, Transport } from './transport.ts';

const slice = (
  endpoints: object[],
  ports = [
    { name: 'http', port: 8080 },
    { name: 'admin', port: 9090 },
  ],
) => ({
  metadata: { name: 's', resourceVersion: '1' },
  endpoints,
  ports,
});

function scene(items: object[]) {
  const timers = manualTimers();
  const requests: ApiRequest[] = [];
  const script: { error?: Error } = {};
  const transport: Transport = {
    namespace: 'ns',
    async request(request) {
      requests.push(request);
      if (script.error) throw script.error;
      return { metadata: { resourceVersion: '1' }, items };
    },
    async *watch() {},
    close: async () => {},
  };
  const list = serviceEndpoints({ transport, namespace: 'ns', service: 'gateway', timers });
  return { list, requests, script, timers };
}

test('gives the ready replicas once each with the address of the named port', async () => {
  const pod = (name: string) => ({ targetRef: { kind: 'Pod', name } });
  const { list, requests } = scene([
    slice([
      { addresses: ['10.0.0.2'], conditions: { ready: true }, ...pod('gw-b') },
      { addresses: ['10.0.0.1'], conditions: {}, ...pod('gw-a') },
      { addresses: ['10.0.0.3'], conditions: { ready: false }, ...pod('gw-c') },
    ]),
    slice([
      { addresses: ['fd00::1'], conditions: { ready: true }, ...pod('gw-a') },
      { addresses: ['fd00::9'] },
    ]),
    slice([{ addresses: ['10.0.0.7'] }], [{ name: 'other', port: 1 }]),
  ]);
  expect(await list()).toEqual([
    { name: 'fd00::9', url: 'http://[fd00::9]:9090' },
    { name: 'gw-a', url: 'http://10.0.0.1:9090' },
    { name: 'gw-b', url: 'http://10.0.0.2:9090' },
  ]);
  expect(requests[0]!.query).toMatchObject({ labelSelector: 'kubernetes.io/service-name=gateway' });
});

test('asks at most every 5 s, and once for all who ask together', async () => {
  const { list, requests, timers } = scene([slice([])]);
  await Promise.all([list(), list(), list()]);
  await timers.advance(4_999);
  await list();
  expect(requests).toHaveLength(1);
  await timers.advance(1);
  await list();
  expect(requests).toHaveLength(2);
});

test('the last list stands while the API server is away; without one it throws', async () => {
  const { list, script, timers } = scene([slice([{ addresses: ['10.0.0.1'] }])]);
  script.error = new ApiError('Unavailable', 'down');
  await expect(list()).rejects.toThrow('down');
  delete script.error;
  const first = await list();
  script.error = new ApiError('Unavailable', 'down');
  await timers.advance(60_000);
  expect(await list()).toEqual(first);
});
