import { splitDocuments } from './yaml-documents.ts';

const parts = (text: string) =>
  splitDocuments(text).map(({ start, end, line }) => [line, text.slice(start, end)]);

test('documents are told apart with the line they begin on', () => {
  expect(parts('a: 1\n---\nb: 2\n--- # third\nc: 3\n')).toEqual([
    [1, 'a: 1\n'],
    [3, 'b: 2\n'],
    [5, 'c: 3\n'],
  ]);
});

test('empty documents and comments between markers are none', () => {
  expect(parts('---\n# only a comment\n---\n\n---\na: 1')).toEqual([[6, 'a: 1']]);
  expect(parts('')).toEqual([]);
});

test("a document may begin on its marker's own line", () => {
  expect(parts('a: 1\n--- {b: 2}\n')).toEqual([
    [1, 'a: 1\n'],
    [2, ' {b: 2}\n'],
  ]);
});

test('a dash within a block of text is no marker unless it begins the line', () => {
  expect(parts('a: |\n  ---\n  b\n')).toEqual([[1, 'a: |\n  ---\n  b\n']]);
});
