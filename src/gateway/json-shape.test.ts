import fc from 'fast-check';
import { MOST_CONTAINERS, MOST_DEPTH, MOST_MEMBERS, MOST_VALUES, shapeOf } from './json-shape.ts';

const shape = (text: string) => shapeOf(Buffer.from(text));

test.each([
  ['as deep as may be', '['.repeat(MOST_DEPTH) + ']'.repeat(MOST_DEPTH), undefined],
  ['deeper', '['.repeat(MOST_DEPTH + 1), 'depth'],
  ['deep by turns', '{"a":['.repeat(MOST_DEPTH), 'depth'],
  ['brackets in a text', JSON.stringify('['.repeat(MOST_CONTAINERS + 1)), undefined],
  ['brackets after an escaped quote', JSON.stringify(`"${'['.repeat(MOST_DEPTH + 1)}`), undefined],
  ['brackets after a text that ends in a backslash', `["\\\\"${'['.repeat(MOST_DEPTH + 1)}`, 'depth'],
  ['many lists side by side', `[${'[],'.repeat(MOST_CONTAINERS)}0]`, 'containers'],
  ['as many members as may be', `{${Array(MOST_MEMBERS).fill('"a":1').join()}}`, undefined],
  [
    'more members',
    `{${Array(MOST_MEMBERS + 1)
      .fill('"a":1')
      .join()}}`,
    'members',
  ],
  ['many values', `[${'0,'.repeat(MOST_VALUES + 1)}0]`, 'values'],
  ['a text that does not end', '"[[[', undefined],
  ['a text that ends in half an escape', '"\\', undefined],
])('%s', (_name, text, excess) => {
  expect(shape(text).excess).toBe(excess);
});

test.each([
  ['1e999', true],
  ['[1E5]', true],
  ['9'.repeat(400), true],
  ['{"a": true, "b": false, "c": 12.5}', false],
  ['"1e999"', false],
])('numbers that may be too large: %s', (text, huge) => {
  expect(shape(text).hugeNumbers).toBe(huge);
});

test('what is modest is never refused, however it is written', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 20 }), (text) => {
      expect(shape(text).excess).toBeUndefined();
    }),
  );
});

/** Whether brackets are deeper than they may be, read byte by byte. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    if (inText && text[at] === '\\') at++;
    else if (text[at] === '"') inText = !inText;
    else if (!inText && text[at] === '[' && ++depth > MOST_DEPTH) return true;
  }
  return false;
}

test('texts end where they end, however long they are and whatever is escaped in them', () => {
  const piece = fc.constantFrom('"', '\\', '\\"', 'a', 'a'.repeat(31), 'b'.repeat(70), '[');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = `"${pieces.join('')}${'['.repeat(MOST_DEPTH)}`;
      expect(shape(text).excess === 'depth').toBe(isTooDeep(text));
    }),
    { numRuns: 2_000 },
  );
});
