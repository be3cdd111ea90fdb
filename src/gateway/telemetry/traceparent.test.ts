import fc from 'fast-check';
import { readTraceParent, writeTraceParent } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('what is written is read again', () => {
  const id = (length: number) =>
    fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
      .filter((text) => !/^0+$/.test(text));
  fc.assert(
    fc.property(id(32), id(16), fc.boolean(), (traceId, spanId, sampled) => {
      const parent = { traceId, spanId, sampled };
      expect(readTraceParent(writeTraceParent(parent))).toEqual(parent);
    }),
  );
});

test.each([
  [`00-${TRACE}-${SPAN}-03`, true],
  [`00-${TRACE}-${SPAN}-02`, false],
  [` 00-${TRACE}-${SPAN}-01 `, true],
  [`cc-${TRACE}-${SPAN}-01-what-a-later-version-adds`, true],
])('%s is taken over (sampled: %j)', (header, sampled) => {
  expect(readTraceParent(header)).toEqual({ traceId: TRACE, spanId: SPAN, sampled });
});

test.each([
  undefined,
  '',
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}`,
  `cc-${TRACE}-${SPAN}-01-${'x'.repeat(500)}`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
])('%s is none', (header) => {
  expect(readTraceParent(header)).toBeUndefined();
});
