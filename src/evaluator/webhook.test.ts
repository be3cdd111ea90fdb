import { type ScriptedProvider, scriptedProvider } from '../../test/gateway/provider.ts';
import { type WebhookOptions, type Webhooks, webhooks } from './webhook.ts';

let server: ScriptedProvider;
let hooks: Webhooks;
let answer: { status?: number; headers?: Record<string, string>; body?: string; hang?: boolean };
beforeEach(async () => {
  answer = { body: '{"pass":true}' };
  server = await scriptedProvider(({ response }) => {
    if (answer.hang) return;
    response.writeHead(answer.status ?? 200, answer.headers ?? {});
    response.end(answer.body);
  });
  open();
});
afterEach(async () => {
  await hooks.close();
  await server.stop();
});
function open(options: WebhookOptions = {}): void {
  hooks = webhooks(options);
}

const url = () => `${server.baseURL}/check?token=planted`;

test('posts JSON and gives back what was answered', async () => {
  expect(await hooks.post(url(), { output: 'Hello' })).toEqual({ pass: true });
  const [{ body, request } = { body: undefined, request: undefined }] = server.asked;
  expect(body).toEqual({ output: 'Hello' });
  expect([request?.method, request?.headers['content-type']]).toEqual(['POST', 'application/json']);
});

test.each<[string, typeof answer, string]>([
  ['an error', { status: 500 }, 'it answered 500'],
  [
    'a redirect, which is not followed',
    { status: 302, headers: { location: '/elsewhere' } },
    'it answered 302',
  ],
  ['no JSON', { body: 'yes' }, 'it answered something else than JSON'],
  ['too much', { body: JSON.stringify('x'.repeat(200)) }, 'it is longer than 100 bytes'],
])('%s is an error that names the host and no more', async (_what, given, message) => {
  answer = given;
  open({ mostBytes: 100 });
  const { host } = new URL(server.baseURL);
  await expect(hooks.post(url(), {})).rejects.toThrow(new Error(`webhook ${host}: ${message}`));
  expect(server.asked).toHaveLength(1);
});

test('one that hangs is given up', async () => {
  answer = { hang: true };
  open({ timeoutMs: 50 });
  await expect(hooks.post(url(), {})).rejects.toThrow('it took longer than 50 ms');
});

test.each([
  ['http://169.254.169.254/latest', 'link-local'],
  ['http://[fe80::1]/', 'link-local'],
  ['http://[::ffff:169.254.169.254]/', 'link-local'],
  ['http://100.100.100.200/', 'link-local'],
  ['file:///etc/passwd', 'must be an http(s) URL'],
  ['javascript:alert(1)', 'must be an http(s) URL'],
  ['check', 'must be an http(s) URL'],
  ['http://user:planted@127.0.0.1/', 'take the credentials out'],
])('%s is not asked', async (target, message) => {
  const error = await hooks.post(target, {}).catch((reason: Error) => reason.message);
  expect(error).toContain(message);
  expect(error).not.toContain('planted');
});
