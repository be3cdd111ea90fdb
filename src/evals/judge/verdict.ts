import { z } from 'zod';
import type { Judge } from '../grade.ts';
import { quoted } from './quote.ts';

/**
 * What a judge answered, read as strictly as can be: one JSON object of the form asked for and nothing beside it, but for a
 * code fence around the whole.
 * @throws Error in words where it is anything else: then it is not known what the judge meant.
 */
function readVerdict<T>(form: z.ZodType<T>, answer: string): T {
  const text = /^```(?:json)?\n([^`]*)\n```$/.exec(answer.trim())?.[1] ?? answer;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`the judge did not answer in the form asked for: ${start(answer)}`);
  }
  const { data, error } = form.safeParse(json);
  if (data !== undefined) return data;
  const [{ path, message }] = error!.issues as [z.core.$ZodIssue];
  throw new Error(
    `the judge did not answer in the form asked for: ${path.join('.') || 'the whole'}: ${message}`,
  );
}

/**
 * Puts a task to a judge, with each of `data` on a line of its own, and reads what it answers.
 * @throws Error in words where it cannot be had, or does not answer in the form asked for.
 */
export async function askJudge<T>(
  judge: Judge,
  task: string,
  data: Readonly<Record<string, string>>,
  form: z.ZodType<T>,
): Promise<T> {
  const lines = Object.entries(data).map(([name, text]) => `${name}: ${quoted(text)}`);
  const said = await judge.ask([
    { role: 'system', content: task },
    { role: 'user', content: lines.join('\n') },
  ]);
  return readVerdict(form, said);
}

const start = (text: string): string => JSON.stringify(text.slice(0, 80));

export const reason = z.string().max(10_000);
