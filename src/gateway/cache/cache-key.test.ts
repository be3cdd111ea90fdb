import { vault } from '../../privacy/vault.ts';
import { ANYBODY } from '../callers/caller.ts';
import { messages } from '../dialects/anthropic/messages.ts';
import { chat } from '../dialects/openai/chat.ts';
import type { Draw } from '../draw.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from '../table.ts';
import { type AskedCall, cacheKeys, type SentCall } from './cache-key.ts';

const entry = { kind: 'PromptRelease', uid: 'p' } as PromptEntry;
const caller = { name: 'shop/web', namespaces: ['shop', 'support'] };
const asked: AskedCall = { entry, caller, endpoint: chat, headers: {}, body: { model: 'm', messages: [] } };

const backend = {
  name: 'b',
  provider: {
    namespace: 'n',
    name: 'openai',
    dialect: 'OpenAI',
    origin: 'https://a.example',
    basePath: '/v1',
  },
  model: 'm',
  parameters: {},
  firstTokenMs: 1,
  totalMs: 1,
} as BackendTarget;
const route = (revision = 'r-1', over: object = {}) =>
  ({
    kind: 'ModelRoute',
    uid: 'r',
    stable: { revision, backends: [backend] },
    ...over,
  }) as unknown as RouteEntry;
const drawOf = (prompt = 'p-1', of = route()): Draw => ({
  prompt: { entry: { ...entry, stable: { revision: prompt, route: of } } as PromptEntry, side: 'stable' },
  route: { entry: of, side: 'stable' },
});
/** What is private in it was one value. */
const secretsOf = (value: string) => {
  const secrets = vault();
  secrets.hide(value, [{ kind: 'EMAIL', start: 0, end: value.length }]);
  return { vault: secrets, seen: new WeakMap() };
};
const sent: SentCall = { draw: drawOf(), backend, sent: { messages: [] } };
const keys = cacheKeys();

test('the same call has the same name, and in another process another', () => {
  expect(keys.asked({ ...asked })).toBe(keys.asked(asked));
  expect(keys.sent({ ...sent })).toBe(keys.sent(sent));
  expect(cacheKeys().asked(asked)).not.toBe(keys.asked(asked));
  expect(cacheKeys().sent(sent)).not.toBe(keys.sent(sent));
});

test.each<[string, Partial<AskedCall>]>([
  ['another caller', { caller: { ...caller, name: 'shop/job' } }],
  ['a caller who may use other namespaces', { caller: { ...caller, namespaces: ['shop'] } }],
  ['nobody in particular', { caller: ANYBODY }],
  ['another release', { entry: { ...entry, uid: 'q' } }],
  ['another endpoint', { endpoint: messages }],
  ['another header that goes on', { headers: { 'anthropic-beta': 'x' } }],
  ['another body', { body: { model: 'm', messages: ['x'] } }],
])('%s asks something else', (_what, other) => {
  expect(keys.asked({ ...asked, ...other })).not.toBe(keys.asked(asked));
});

test.each<[string, Partial<SentCall>]>([
  ['another revision of the prompt', { draw: drawOf('p-2') }],
  ['another revision of the route', { draw: drawOf('p-1', route('r-2')) }],
  ['another privacy', { draw: drawOf('p-1', route('r-1', { privacy: { says: '{"redact":["EMAIL"]}' } })) }],
  ['another model', { backend: { ...backend, model: 'n' } }],
  ['another provider', { backend: { ...backend, provider: { ...backend.provider, name: 'azure' } } }],
  [
    'another address',
    { backend: { ...backend, provider: { ...backend.provider, origin: 'https://b.example' } } },
  ],
  ['another body', { sent: { messages: ['x'] } }],
  ['something private', { secrets: secretsOf('jane@example.com') }],
])('with %s it is another answer', (_what, other) => {
  expect(keys.sent({ ...sent, ...other })).not.toBe(keys.sent(sent));
});

test('what is redacted alike and was not the same has two answers', () => {
  const [jane, joe] = ['jane@example.com', 'joe@example.com'].map((mail) =>
    keys.sent({ ...sent, secrets: secretsOf(mail) }),
  );
  expect(jane).not.toBe(joe);
  expect(keys.sent({ ...sent, secrets: secretsOf('jane@example.com') })).toBe(jane);
});

test('a price has no part in it', () => {
  const priced = { ...backend, price: { input: 1, output: 2 } } as unknown as BackendTarget;
  expect(keys.sent({ ...sent, backend: priced })).toBe(keys.sent(sent));
});
