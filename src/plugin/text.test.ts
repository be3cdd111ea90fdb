import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { clip, clipMiddle, plain, shellLine, wrap, wrapCommand } from './text.ts';

test('a text is broken between words, and in words that are too long', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrap('abcdefghij k', 6, '  ')).toEqual(['  abcd', '  efgh', '  ij k']);
  expect(wrap('')).toEqual([]);
});

test('wrapping loses nothing but spaces', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 90 }), (text, width) => {
      expect(wrap(text, width).join('').replaceAll(' ', '')).toBe(plain(text).replaceAll(' ', ''));
    }),
  );
});

test('a command that is too long goes on in the next line, for a shell too', () => {
  expect(wrapCommand('undo: kubectl sluice retry triage', 22, '  ')).toEqual([
    '  undo: kubectl \\',
    '    sluice retry \\',
    '    triage',
  ]);
});

test('names of revisions keep the end that tells them apart', () => {
  expect(clipMiddle('a-rather-long-name-66d4c7f9b1', 20)).toBe('a-rather…-66d4c7f9b1');
  expect(clip('abcdef', 4)).toBe('abc…');
});

test.each([['a folder/it’s', "O'Brien", '$HOME', '`id`', 'a\\b', '"', '*', 'plain-1.2/x', "'", ' ', 'ä']])(
  'a shell takes a line apart into its words again, however it is wrapped',
  (...words) => {
    const line = `printf '%s\\n' ${shellLine(words)}`;
    for (const width of [10, 30, 500]) {
      const said = execFileSync('sh', ['-c', wrapCommand(line, width, '  ').join('\n')], {
        encoding: 'utf8',
      });
      expect(said.split('\n').slice(0, -1)).toEqual(words);
    }
  },
);
