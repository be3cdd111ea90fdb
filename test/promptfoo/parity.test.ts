import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../src/evals/assert.ts';
import type { Answer, Helpers } from '../../src/evals/grade.ts';
import { CASES, type Case } from './cases.ts';
import type { Verdict } from './record.ts';

const verdicts = JSON.parse(readFileSync(join(import.meta.dirname, 'verdicts.json'), 'utf8')) as Record<
  string,
  Verdict
>;

function answerOf({ output, latencyMs, costUSD, finishReason, toolCalls }: Case): Answer {
  return {
    text: output,
    ...(latencyMs !== undefined && { latencyMs }),
    ...(costUSD !== undefined && { costUSD }),
    ...(finishReason !== undefined && { finishReason }),
    ...(toolCalls && { toolCalls }),
  };
}

function helpersOf({ output, judge, embeddings }: Case): Helpers {
  return {
    ...(judge !== undefined && { judge: { version: 'fixed', ask: async () => judge } }),
    ...(embeddings !== undefined && {
      embed: async (texts) => texts.map((text) => embeddings[text === output ? 'answer' : text]!),
    }),
  };
}

test('promptfoo was asked about every case', () => {
  expect(Object.keys(verdicts)).toEqual(CASES.map(({ name }) => name));
  expect(CASES.length).toBeGreaterThanOrEqual(60);
});

test.each(CASES)('$name: as promptfoo has it', async (given) => {
  const question = { vars: given.vars ?? {}, prompt: 'case', ...(given.tools && { tools: given.tools }) };
  const grade = await assert(given.assert, answerOf(given), question, helpersOf(given), given.threshold);
  const { pass, score } = verdicts[given.name]!;
  // Vectors that point away from each other are less than 0 alike to promptfoo, and not alike at all here.
  const within = Math.min(1, Math.max(0, score));
  expect(grade).toMatchObject({ pass, score: expect.closeTo(within, 9) });
});
