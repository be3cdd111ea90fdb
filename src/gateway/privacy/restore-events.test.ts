import fc from 'fast-check';
import { messagesRestoring } from '../dialects/anthropic/messages-restoring.ts';
import { chatRestoring } from '../dialects/openai/chat-restoring.ts';
import { restoreEvents } from './restore-events.ts';
import { restoration, restoredBody } from './restore-value.ts';

const VALUES = new Map([
  ['[EMAIL_1]', 'a@b.de'],
  ['[NOTE_1]', 'say "x"\n'],
]);

const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (delta: object, finish_reason: string | null = null) =>
  event({ id: 'c', choices: [{ index: 0, delta, finish_reason }], usage: null });

function restored(stream: string, isJson = false): { text: string; args: string; finishes: string[] } {
  const restorer = restoreEvents(chatRestoring, restoration(VALUES, isJson));
  const out = Buffer.concat([restorer.push(Buffer.from(stream)), restorer.end()]).toString();
  let [text, args] = ['', ''];
  const finishes: string[] = [];
  for (const [, data = ''] of out.matchAll(/^data: (.*)$/gm)) {
    if (data === '[DONE]') continue;
    const [choice] = JSON.parse(data).choices;
    // Nothing comes after the end.
    expect(finishes).toEqual([]);
    text += choice.delta.content ?? '';
    args += choice.delta.tool_calls?.[0].function.arguments ?? '';
    if (choice.finish_reason !== null) finishes.push(choice.finish_reason);
  }
  return { text, args, finishes };
}

test('a text is restored wherever it is cut, and its end is never lost', () => {
  const piece = fc.constantFrom('[EMAIL_1]', '[NOTE_1]', '[', ']', '[EMAIL_', '[X_1]', 'a', ' ', '[EMAIL_1');
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(40)), fc.boolean(), (parts, cuts, last) => {
      const whole = parts.join('');
      const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
      const pieces = at.slice(1).map((end, n) => whole.slice(at[n], end));
      // The last piece may come with the end, or before.
      const ending = last ? chunk({ content: pieces.pop() }, 'stop') : chunk({}, 'stop');
      const stream = pieces.map((content) => chunk({ content })).join('') + ending;
      const expected = whole.replaceAll('[EMAIL_1]', 'a@b.de').replaceAll('[NOTE_1]', 'say "x"\n');
      expect(restored(`${stream}data: [DONE]\n\n`)).toEqual({ text: expected, args: '', finishes: ['stop'] });
    }),
  );
});

test('what goes into JSON is escaped: arguments always, a text where JSON was asked for', () => {
  const call = (args: string) => chunk({ tool_calls: [{ index: 0, function: { arguments: args } }] });
  expect(JSON.parse(restored(call('{"a":"[NO') + call('TE_1]"}')).args)).toEqual({ a: 'say "x"\n' });
  const text = chunk({ content: '{"a":"[NOTE' }) + chunk({ content: '_1]"}' });
  expect(JSON.parse(restored(text, true).text)).toEqual({ a: 'say "x"\n' });
  expect(restored(text, false).text).toBe('{"a":"say "x"\n"}');
});

test('a stream that breaks off, or says only [DONE], gives what was held back', () => {
  expect(restored(chunk({ content: 'to [EMAIL_' })).text).toBe('to [EMAIL_');
  expect(restored(`${chunk({ content: 'to [EMAIL_' })}data: [DONE]\n\n`).text).toBe('to [EMAIL_');
});

test('a citation within a text does not part a placeholder, and a signature comes after what it signs', () => {
  const { push, end } = restoreEvents(messagesRestoring, restoration(VALUES, false));
  const delta = (delta: object) => ({ type: 'content_block_delta', index: 0, delta });
  const said = (events: object[]) =>
    [
      ...Buffer.concat([...events.map((each) => push(Buffer.from(event(each)))), end()])
        .toString()
        .matchAll(/^data: (.*)$/gm),
    ].map(([, data]) => (JSON.parse(data!) as { delta?: object }).delta);
  const citation = { type: 'citations_delta', citation: { cited_text: 'of [EMAIL_1]' } };
  const text = (text: string) => delta({ type: 'text_delta', text });
  expect(
    said([text('to [EMA'), delta(citation), text('IL_1] [NOTE'), { type: 'content_block_stop', index: 0 }]),
  ).toEqual([
    { type: 'text_delta', text: 'to ' },
    { ...citation, citation: { cited_text: 'of a@b.de' } },
    { type: 'text_delta', text: 'a@b.de ' },
    { type: 'text_delta', text: '[NOTE' },
    undefined,
  ]);
  const thinking = (thinking: string) => delta({ type: 'thinking_delta', thinking });
  const signature = { type: 'signature_delta', signature: 's' };
  expect(said([thinking('to [EMA'), delta(signature)])).toEqual([
    { type: 'thinking_delta', thinking: 'to ' },
    { type: 'thinking_delta', thinking: '[EMA' },
    signature,
  ]);
});

test('what has nothing to restore passes byte for byte', () => {
  const { push } = restoreEvents(chatRestoring, restoration(VALUES, false));
  const ping = Buffer.from(': ping\n\n');
  expect(push(ping)).toEqual(ping);
  const body = Buffer.from('{ "a": 1.0, "b": "[EMAIL_2]" }');
  expect(restoredBody(body, restoration(VALUES, false))).toBe(body);
});

test('an answer is restored in its texts and names, and stays JSON', () => {
  const body = { '[EMAIL_1]': ['[NOTE_1]', 1, null], arguments: '{"a":"[NOTE_1]"}', content: '"[NOTE_1]"' };
  const plain = JSON.parse(
    String(restoredBody(Buffer.from(JSON.stringify(body)), restoration(VALUES, true))),
  );
  expect(plain['a@b.de']).toEqual(['say "x"\n', 1, null]);
  for (const text of [plain.arguments, plain.content])
    expect(JSON.stringify(JSON.parse(text))).toContain('say');
  expect(restoredBody(Buffer.from('to [EMAIL_1]'), restoration(VALUES, false))).toBe('to a@b.de');
});
