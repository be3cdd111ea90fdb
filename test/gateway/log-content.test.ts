import { type EchoStage, startEchoStage } from './echo-stage.ts';

const MAIL = 'jane.doe@example.com';
const SAID = `${MAIL} asks, C-004711`;
const LONG = `${'word '.repeat(4_000)}${MAIL}`;

let stage: EchoStage;
afterEach(() => stage.stop());

/** What the record of a call has of prompt and answer. */
async function logged(content: string, over: object = {}) {
  const asked = { model: 'open', messages: [{ role: 'user' as const, content }], ...over };
  await stage.client.chat.completions.create(asked);
  const record = (await stage.records()).at(-1)!;
  expect(record['sluice.outcome']).toBe('success');
  return [record['sluice.prompt.text'], record['sluice.output.text'], typeof record['sluice.prompt.hash']];
}

test.each([
  ['Hash', [undefined, undefined, 'string']],
  ['None', [undefined, undefined, 'undefined']],
  ['Full', [`user: ${SAID}`, SAID, 'string']],
  ['Redacted', ['user: [EMAIL] asks, C-004711', '[EMAIL] asks, C-004711', 'string']],
] as const)('%s', async (logContent, expected) => {
  stage = await startEchoStage({ logContent });
  expect(await logged(SAID)).toEqual(expected);
});

test('patterns are marked as well, whatever becomes of a call, and escapes hide nothing', async () => {
  const patterns = [{ name: 'CUSTOMER', regex: 'C-[0-9]{6}' }];
  stage = await startEchoStage({ logContent: 'Redacted', patterns, action: 'Count' });
  expect(await logged(SAID)).toEqual([
    'user: [EMAIL] asks, [CUSTOMER]',
    '[EMAIL] asks, [CUSTOMER]',
    'string',
  ]);
  const [prompt, answer] = await logged('{"to":"jane.doe\\u0040example.com"}');
  expect([prompt, answer]).toEqual(['user: {"to":"[EMAIL]"}', '{"to":"[EMAIL]"}']);
});

test('what was redacted in a call is not put back', async () => {
  stage = await startEchoStage({ logContent: 'Full', redact: ['EMAIL'] });
  const hidden = '[EMAIL_1] asks, C-004711';
  expect(await logged(SAID)).toEqual([`user: ${hidden}`, hidden, 'string']);
  expect(await logged(SAID, { metadata: { [MAIL]: 'x' } })).toEqual([`user: ${hidden}`, hidden, 'string']);
});

test('a long text is cut, after all of it was redacted; one that is too long is left out', async () => {
  stage = await startEchoStage({ logContent: 'Redacted' });
  const [prompt] = await logged(LONG);
  expect(prompt).toHaveLength(16_384);
  expect(prompt).toMatch(/word w?…$|wor?d?…$/);
  expect(await logged('word '.repeat(60_000))).toEqual([undefined, undefined, 'string']);
  await stage.privacy({ logContent: 'Full' });
  const [full] = await logged('word '.repeat(60_000));
  expect(full).toHaveLength(16_384);
});

test('the texts of embeddings are kept as they are', async () => {
  stage = await startEchoStage({ logContent: 'Full' });
  await stage.client.embeddings.create({ model: 'open', input: [SAID, 'and more'] });
  expect((await stage.records()).at(-1)).toMatchObject({ 'sluice.prompt.text': `${SAID}\n\nand more` });
});

test.each(['Full', 'Redacted'] as const)(
  '%s: what is no message hides no call from the records',
  async (logContent) => {
    stage = await startEchoStage({ logContent });
    const post = (path: string, model: string, messages: unknown[]) =>
      fetch(`${stage.gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, max_tokens: 9, messages }),
      });
    const said = { role: 'user', content: 'hi' };
    // Across dialects it is left out, and the call is answered.
    for (const [at, odd] of [null, { role: { toString: 1 }, content: 'a' }].entries()) {
      expect((await post('/v1/chat/completions', 'claude', [odd, said])).status).toBe(200);
      expect(await stage.records()).toHaveLength(at + 1);
    }
    const metrics = await (await fetch(`${stage.gateway.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/sluice_gateway_calls_total\{.*outcome="success"\} 2/);
  },
);
