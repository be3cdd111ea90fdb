import { asksForUsage, mayHaveRefusedFlag, withUsageFlag } from './usage-flag.ts';

test('the flag comes and goes, other options stay, and the request is left as it was', () => {
  const request = { stream: true, stream_options: { include_obfuscation: false } };
  expect(withUsageFlag(request, true).stream_options).toEqual({
    include_obfuscation: false,
    include_usage: true,
  });
  expect(withUsageFlag(withUsageFlag(request, true), false)).toEqual(request);
  expect(withUsageFlag({ stream_options: { include_usage: true } }, false)).toEqual({});
  expect(request.stream_options).toEqual({ include_obfuscation: false });
});

test.each([null, 'x', 7, [], { include_usage: 'yes' }, undefined])(
  '%j does not ask for usage',
  (stream_options) => {
    expect(asksForUsage({ stream_options })).toBe(false);
  },
);

test.each([
  [400, 'unknown field stream_options', true],
  [422, 'extra inputs: include_usage', true],
  [400, 'temperature is no number', false],
  [500, 'stream_options', false],
])('%d "%s" may be because of the flag: %s', (status, text, expected) => {
  expect(mayHaveRefusedFlag({ status, body: Buffer.from(text) })).toBe(expected);
});
