import fc from 'fast-check';
import {
  breakJson,
  contentReply,
  firstPart,
  refusalReply,
  shorten,
  splitTokens,
  toolCallReply,
} from './reply.ts';

test('tokens together are the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => splitTokens(text).join('') === text));
});

test('broken JSON of any JSON is no JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom('', '\n', '  '), (json, space) => {
      expect(() => JSON.parse(breakJson(space + json + space))).toThrow(SyntaxError);
    }),
  );
});

test('broken text is no JSON either', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => JSON.parse(breakJson(text))).toThrow(SyntaxError);
    }),
  );
});

test('deltas together are what the message says', () => {
  const text = 'Three words "here"\n';
  const together = (deltas: readonly string[], field: string) =>
    deltas.map((delta) => JSON.parse(delta)[field] ?? '').join('');
  expect(together(contentReply(text).deltas, 'content')).toBe(text);
  expect(together(refusalReply(text).deltas, 'refusal')).toBe(text);
  expect(JSON.parse(refusalReply(text).message)).toMatchObject({ content: null, refusal: text });
});

test('a tool call is the same streamed and plain', () => {
  const { message, deltas } = toolCallReply('call_1', 'find', '{"query":"late parcel"}');
  const [first, ...rest] = deltas.map((delta) => JSON.parse(delta).tool_calls[0]);
  const args = rest.map((call) => call.function.arguments).join('');
  const [whole] = JSON.parse(message).tool_calls;
  expect(first).toEqual({ index: 0, ...whole, function: { name: 'find', arguments: '' } });
  expect(args).toBe(whole.function.arguments);
});

test('a limit on tokens cuts off what is longer, and only that', () => {
  const reply = contentReply('one two three four five');
  expect(shorten(reply, 5)).toBe(reply);
  expect(shorten(reply, undefined)).toBe(reply);
  const short = shorten(reply, 2);
  expect(short).toMatchObject({ finish: 'length', tokens: 2 });
  expect(JSON.parse(short.message).content).toBe('one two');
});

test('the first part is a part, but never nothing', () => {
  expect(firstPart('one two three four five')).toBe('one two three');
  expect(firstPart('one')).toBe('one');
});
