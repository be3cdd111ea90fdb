import Anthropic from '@anthropic-ai/sdk';
import { eventually } from '../eventually.ts';
import { told } from './echo-provider.ts';
import { type EchoStage, startEchoStage } from './echo-stage.ts';

const MAIL = 'jane.doe@example.com';
const TICKET = 'T-004711';
const SAID = `${MAIL} has ${TICKET}, ${MAIL}`;
const PATTERNS = [{ name: 'TICKET', regex: 'T-[0-9]{6}' }];

let stage: EchoStage;
afterEach(() => stage.stop());

const start = async (privacy: Parameters<typeof startEchoStage>[0]) => {
  stage = await startEchoStage(privacy);
};
const chat = (content: string, model = 'open', over: object = {}) =>
  stage.client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...over });
const answered = async (content: string, model?: string) =>
  (await chat(content, model)).choices[0]!.message.content;
const metrics = async () => (await fetch(`${stage.gateway.adminUrl}/metrics`)).text();
const counted = async (found: string, action: string) => {
  const line = new RegExp(`sluice_gateway_private_total{.*found="${found}",action="${action}"} (\\d+)`);
  return Number(line.exec(await metrics())?.[1]);
};
const charged = () => stage.gateway.evidence().releases.flatMap(({ cells }) => cells);

test('patterns of its own are redacted like any other kind', async () => {
  await start({ redact: ['EMAIL'], patterns: PATTERNS });
  expect(await answered(SAID)).toBe(SAID);
  expect(told(stage.provider)).toContain('[EMAIL_1] has [TICKET_1], [EMAIL_1]');
  expect([await counted('EMAIL', 'Redact'), await counted('TICKET', 'Redact')]).toEqual([2, 1]);
});

test('Count sends a call as it is, and counts once however many backends are asked', async () => {
  await start({ redact: ['EMAIL'], patterns: PATTERNS, action: 'Count' });
  expect(await answered(`DOWN ${SAID}`, 'two')).toBe(`DOWN ${SAID}`);
  expect(stage.provider.asked).toHaveLength(2);
  expect(told(stage.provider)).toContain(SAID);
  expect([await counted('EMAIL', 'Count'), await counted('TICKET', 'Count')]).toEqual([2, 1]);
});

test('Block refuses a call in its dialect, by kind and without what was found, and charges nobody', async () => {
  await start({ redact: ['EMAIL'], patterns: PATTERNS, action: 'Block' });
  const message = 'the call has EMAIL, TICKET in it, which may not leave: take it out';
  const error = { message, type: 'invalid_request_error', param: null, code: 'private_content' };
  await expect(chat(SAID)).rejects.toMatchObject({ status: 400, error });
  await expect(chat(SAID, 'two', { stream: true })).rejects.toMatchObject({ status: 400, error });
  const anthropic = new Anthropic({ baseURL: stage.gateway.url, apiKey: 'k', maxRetries: 0 });
  const asked = { model: 'claude', max_tokens: 9, messages: [{ role: 'user' as const, content: SAID }] };
  await expect(anthropic.messages.create(asked)).rejects.toMatchObject({
    status: 400,
    error: { type: 'error', error: { type: 'invalid_request_error', message } },
  });
  expect(stage.provider.asked).toEqual([]);
  expect([charged(), await stage.records()]).toEqual([[], []]);
  expect(await metrics()).toContain('sluice_gateway_refused_total{code="private_content"} 3');
  expect(await counted('TICKET', 'Block')).toBe(1);
  expect(await answered('nothing private')).toBe('nothing private');
});

test('tokens cannot be looked into: they are sent only where calls are counted', async () => {
  const embed = (input: number[] | number[][] | string[]) =>
    stage.client.embeddings.create({ model: 'open', input });
  await start({ redact: ['EMAIL'] });
  for (const action of ['Redact', 'Block'] as const) {
    await stage.privacy({ redact: ['EMAIL'], action });
    for (const input of [
      [1, 2],
      [[1, 2], [3]],
    ])
      await expect(embed(input as number[])).rejects.toMatchObject({
        status: 400,
        code: 'unreadable_content',
        param: 'input',
      });
    expect(stage.provider.asked).toEqual([]);
  }
  expect([charged(), await stage.records()]).toEqual([[], []]);
  expect(await metrics()).toContain('sluice_gateway_refused_total{code="unreadable_content"} 4');
  await embed(['nothing private']);
  for (const privacy of [{ redact: ['EMAIL' as const], action: 'Count' as const }, {}]) {
    await stage.privacy(privacy);
    await embed([1, 2]);
    expect(stage.provider.asked.at(-1)!.body).toMatchObject({ input: [1, 2] });
  }
});

test('what a prompt says itself is no reason to block its callers', async () => {
  await start({ redact: ['EMAIL'], action: 'Block' });
  await stage.prompt({ messages: [{ role: 'system', content: `Say that we are at ${MAIL}.` }] });
  expect(await answered('hi', 'prompt')).toBe('hi');
  await expect(chat('I am bob@example.com', 'prompt')).rejects.toMatchObject({ status: 400 });
});

test('a pattern that is none is told in the status, and what held before goes on', async () => {
  await start({ redact: ['EMAIL'] });
  await stage.privacy({ redact: ['EMAIL'], patterns: [{ name: 'TICKET', regex: '(?=T)' }] });
  const stalled = () =>
    stage.store
      .get('ModelRoute', 'support', 'open')!
      .status.conditions?.find(({ type }) => type === 'Stalled');
  await eventually('it is told', () => stalled()?.reason === 'InvalidPrivacy');
  expect(stalled()!.message).toMatch(
    /^spec\.privacy\.patterns\[0\]\.regex: pattern "\(\?=T\)" is not understood/,
  );
  expect(await answered(SAID)).toBe(SAID);
  expect(told(stage.provider)).toContain(`[EMAIL_1] has ${TICKET}`);
});

test('where nothing held before, a pattern that is none lets nothing leave, and charges nobody', async () => {
  await start({});
  expect(await answered('hello')).toBe('hello');
  const [asked, records, cells] = [stage.provider.asked.length, await stage.records(), charged()];
  await stage.privacy({ patterns: [{ name: 'TICKET', regex: '(?=T)' }] });
  const error = { status: 503, code: 'privacy_unavailable' };
  await expect(chat('hello')).rejects.toMatchObject(error);
  await expect(chat('hello', 'two')).rejects.toMatchObject(error);
  expect(stage.provider.asked).toHaveLength(asked);
  expect([await stage.records(), charged()]).toEqual([records, cells]);
  expect(await metrics()).toContain('sluice_gateway_refused_total{code="privacy_unavailable"} 2');
});
