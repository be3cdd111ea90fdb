import { askFactuality } from '../judge/factuality.ts';
import { askRubric } from '../judge/rubric.ts';
import { CannotTell, type Check, shown, wordsOf } from './check.ts';

/** A model judges by a rubric. With a threshold its score must reach that too. */
export const llmRubric: Check = async ({ value, threshold, answer, question, helpers }) => {
  const rubric = typeof value === 'object' && value !== null ? JSON.stringify(value) : wordsOf(value);
  const said = await askRubric(judgeOf(helpers), {
    rubric,
    answer: answer.text,
    question: question.prompt,
  }).catch(untold);
  const reached = threshold === undefined || said.score >= threshold;
  return {
    holds: said.pass && reached,
    score: said.score,
    claim: `satisfies ${shown(rubric)}`,
    because: said.reason,
  };
};

/** A model says how the answer's facts stand to those of the value: it fails where they disagree. */
export const factuality: Check = async ({ value, answer, question, helpers }) => {
  const facts = wordsOf(value);
  const said = await askFactuality(judgeOf(helpers), {
    facts,
    answer: answer.text,
    question: question.prompt,
  }).catch(untold);
  return { holds: said.category !== 'D', claim: `agrees with ${shown(facts)}`, because: said.reason };
};

function judgeOf({ judge }: Parameters<Check>[0]['helpers']) {
  if (judge === undefined) throw new CannotTell('it takes a judge: give the suite one');
  return judge;
}

function untold(error: Error): never {
  throw new CannotTell(error.message);
}
