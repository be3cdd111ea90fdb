import { seededRandom } from '../lib/random.ts';
import { outputShift, outputsOf } from './output-shift.ts';
import type { Answered } from './run-suite.ts';

type Given = { text: string; finishReason?: string; refused?: true };

const answered = (answers: (Given | undefined)[]): Answered[] =>
  answers.map((answer, at) => ({
    case: at,
    revision: 'triage-1',
    grade: { pass: true, score: 1, reason: '', metrics: {} },
    ...(answer && { answer: { toolCalls: [], latencyMs: 1, prompt: '', model: 'm', ...answer } }),
  }));
const outputs = (answers: (Given | undefined)[]) => outputsOf(answered(answers));
const times = (count: number, length: number, over: Partial<Given> = { finishReason: 'stop' }): Given[] =>
  Array.from({ length: count }, () => ({ text: 'x'.repeat(length), ...over }));

test('answers are counted by length and ending; what was not answered is not', () => {
  expect(
    outputs([...times(2, 100), { text: '', refused: true }, { text: 'y'.repeat(400) }, undefined]),
  ).toEqual({
    length: { 13: 2, [-1]: 1, 17: 1 },
    ending: { stop: 2, refused: 1, unknown: 1 },
    sentiment: { none: 4 },
  });
});

test('a word of the provider that objects have a meaning for is counted as any other', () => {
  const strange = outputs([
    ...times(2, 100, { finishReason: 'constructor' }),
    ...times(1, 100, { finishReason: '__proto__' }),
  ]);
  expect(Object.entries(strange.ending)).toEqual([
    ['constructor', 2],
    ['__proto__', 1],
  ]);
  expect(outputShift(strange, JSON.parse(JSON.stringify(strange)))).toBeUndefined();
});

test('a change of length or ending is told, with what was typical', () => {
  const reference = outputs(times(30, 100));
  expect(outputShift(reference, outputs(times(30, 400)))).toBe(
    'answers of typically 430 characters, 110 then',
  );
  expect(
    outputShift(reference, outputs([...times(18, 100), ...times(12, 100, { finishReason: 'length' })])),
  ).toBe('answers that ended stop 18×, length 12×; stop 30× then');
  expect(outputShift(reference, outputs(times(30, 110)))).toBeUndefined();
});

test('few answers, and a change that is small however sure, are not told of', () => {
  expect(outputShift(outputs(times(3, 100)), outputs(times(3, 400)))).toBeUndefined();
  const many = (refused: number) =>
    outputs([...times(4_000 - refused, 100), ...times(refused, 100, { refused: true })]);
  expect(outputShift(many(40), many(100))).toBeUndefined();
});

test('answers that vary alike are hardly ever told to have shifted', () => {
  const random = seededRandom(4);
  const draw = () => outputs(Array.from({ length: 40 }, () => times(1, Math.round(40 * 8 ** random()))[0]));
  const reference = draw();
  const told = Array.from({ length: 500 }, () => outputShift(reference, draw())).filter(Boolean);
  expect(told.length).toBeLessThanOrEqual(5);
});

test('words of the provider do not make a status grow', () => {
  const endings = Array.from(
    { length: 50 },
    (_, at) => times(1, 10, { finishReason: `${at}`.repeat(99) })[0],
  );
  const { ending } = outputs(endings);
  expect(Object.keys(ending)).toHaveLength(9);
  expect(JSON.stringify(ending).length).toBeLessThan(600);
});
