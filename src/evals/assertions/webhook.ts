import { z } from 'zod';
import { CannotTell, type Check, shown, wordsOf } from './check.ts';

const Verdict = z.object({
  pass: z.boolean(),
  score: z.number().min(0).max(1).optional(),
  reason: z.string().optional(),
});

/** Another service decides: it is sent `{output, context: {prompt, vars}}` and answers `{pass, score, reason}`. */
export const webhook: Check = async ({ value, answer, question: { prompt, vars }, helpers }) => {
  const url = wordsOf(value);
  if (helpers.post === undefined) throw new CannotTell('webhooks are not to be had here');
  const said = await helpers
    .post(url, { output: answer.text, context: { prompt, vars } })
    .catch((error: Error) => {
      throw new CannotTell(error.message);
    });
  const { data } = Verdict.safeParse(said);
  if (data === undefined)
    throw new CannotTell(`the webhook answered ${shown(said)}, and not {pass, score, reason}`);
  return {
    holds: data.pass,
    claim: 'satisfies the webhook',
    ...(data.score !== undefined && { score: data.score }),
    ...(data.reason !== undefined && { because: shown(data.reason) }),
  };
};
