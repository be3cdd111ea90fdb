import fc from 'fast-check';
import { AskedJson } from './asked-json.ts';

const json = fc.jsonValue({ depthSize: 'small' });
const object = fc.dictionary(fc.string(), json);

test('as `JSON.stringify` writes it, whatever is asked and sent', () => {
  fc.assert(
    fc.property(json, object, fc.array(json), (asked, body, list) => {
      for (const each of [asked, list, { system: asked, messages: list }, undefined])
        expect(new AskedJson(each).text).toBe(JSON.stringify(each));
      const sent = { ...body, messages: list };
      expect(new AskedJson(list).of(sent)).toBe(JSON.stringify(sent));
    }),
  );
});

test.each([
  [{}],
  [{ model: undefined, messages: [undefined, null, 'ä\ud800"'], 7: 1, n: Number.NaN }],
  [JSON.parse('{"__proto__":{"a":1},"toJSON":1,"":[]}')],
])('%j', (body) => {
  expect(new AskedJson(body.messages).of(body)).toBe(JSON.stringify(body));
  expect(new AskedJson(body).text).toBe(JSON.stringify(body));
});

test('what is frozen is written once', () => {
  let written = 0;
  const message = (content: string) => ({
    role: 'system',
    get content() {
      written++;
      return content;
    },
  });
  const fixed = Object.freeze(message('fixed'));
  const tools = Object.freeze([message('tools')]);
  const own = [fixed, { role: 'user', content: 'own' }];
  for (let n = 0; n < 3; n++) {
    const asked = new AskedJson(own);
    expect(asked.of({ model: 'm', messages: own, tools })).toContain('"content":"tools"');
  }
  expect(written).toBe(2);
  expect(new AskedJson([message('another')]).text).toBe('[{"role":"system","content":"another"}]');
});
