import { z } from 'zod';

const time = z.number();

/** A native histogram: `[boundary rule, left, right, count]` for each bucket that holds something, ascending. */
export const NativeHistogram = z.object({
  count: z.string(),
  buckets: z.array(z.tuple([z.int(), z.string(), z.string(), z.string()])).default([]),
});
export type NativeHistogram = z.infer<typeof NativeHistogram>;

/** One series of an instant vector: a number or a native histogram. Numbers are strings, as JSON has no NaN. */
export const Sample = z.object({
  metric: z.record(z.string(), z.string()),
  value: z.tuple([time, z.string()]).optional(),
  histogram: z.tuple([time, NativeHistogram]).optional(),
});
export type Sample = z.infer<typeof Sample>;

const Failure = z.object({ status: z.literal('error'), error: z.string() });
const Success = z.object({
  status: z.literal('success'),
  data: z.object({ resultType: z.string(), result: z.unknown() }),
});
const Answer = z.discriminatedUnion('status', [Success, Failure]);

/** What `/api/v1/query` answered, read; `undefined` where it is not in the form of that API. */
export type QueryAnswer = { samples: Sample[] } | { otherType: string } | { error: string };

/** Reads the body of an answer of `/api/v1/query`. Warnings are passed over. */
export function readAnswer(body: string): QueryAnswer | undefined {
  const answer = Answer.safeParse(parse(body));
  if (!answer.success) return undefined;
  if (answer.data.status === 'error') return { error: answer.data.error };
  const { resultType, result } = answer.data.data;
  if (resultType !== 'vector') return { otherType: resultType };
  const samples = z.array(Sample).safeParse(result);
  return samples.success ? { samples: samples.data } : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
