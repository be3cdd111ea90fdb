import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { createLog, forPeople, passOn } from './log.ts';

function logged(isTTY: boolean, level: 'info' | 'warn' = 'info'): string {
  const sink = new PassThrough({ encoding: 'utf8' });
  const log = createLog(level, Object.assign(sink, { isTTY }) as unknown as NodeJS.WriteStream);
  log.info({ release: 'n/r', weights: [5, 95] }, 'moved');
  log.warn({}, 'careful');
  return String(sink.read() ?? '');
}

test('lines are JSON with the time where nobody watches', () => {
  const [first] = logged(false).split('\n');
  expect(JSON.parse(first!)).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    release: 'n/r',
    weights: [5, 95],
    msg: 'moved',
  });
});

test('lines are for people on a terminal', () => {
  const [first] = stripVTControlCharacters(logged(true)).split('\n');
  expect(first).toMatch(/^\d\d:\d\d:\d\d info {2}moved release=n\/r weights=\[ 5, 95/);
});

test('what is below the level is left out', () => {
  expect(logged(false, 'warn')).not.toContain('moved');
  expect(logged(false, 'warn')).toContain('careful');
});

test('a value keeps to one line', () => {
  const line = forPeople(
    JSON.stringify({ level: 50, time: '2026-01-01T10:11:12Z', msg: 'm', error: { a: { b: 'c' } } }),
  );
  expect(line.split('\n')).toHaveLength(2);
});

test.each([true, false])("another process's lines are passed on as one's own; terminal: %p", (isTTY) => {
  const sink = new PassThrough({ encoding: 'utf8' });
  const stream = Object.assign(sink, { isTTY }) as unknown as NodeJS.WriteStream;
  const json = '{"level":30,"time":"2026-01-01T10:11:12Z","worker":2,"msg":"it serves"}\n';
  const rest = ['RangeError: out of range\n', '{ code: 7 }\n', '{"cut\n'];
  for (const line of [json, ...rest]) passOn(line, stream);
  const [first, ...others] = stripVTControlCharacters(String(sink.read())).split('\n');
  expect(first).toBe(isTTY ? '10:11:12 info  it serves worker=2' : json.trim());
  expect(others.join('\n')).toBe(rest.join(''));
});
