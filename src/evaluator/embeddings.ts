import type { TokensUsed } from '../cost/cost.ts';
import { type Deadline, deadline } from '../gateway/deadline.ts';
import type { MayPass } from '../gateway/retrying.ts';
import type { BackendTarget } from '../gateway/table.ts';
import type { Upstream } from '../gateway/upstream.ts';
import { readBounded } from '../lib/read-bounded.ts';

export interface Embedded {
  /** One for each text, in the order of the texts. */
  vectors: number[][];
  /** Absent where the provider does not say. */
  used?: TokensUsed;
}

const MOST_BYTES = 32 * 1024 * 1024;

/** Asks a provider for the embeddings of texts, once. Never throws. */
export async function askEmbeddings(
  upstream: Upstream,
  { provider, model, totalMs }: BackendTarget,
  texts: readonly string[],
  onDeadline: (clock: Deadline) => void,
): Promise<Embedded | { error: string } | MayPass> {
  const where = `${provider.name} ${model}`;
  const clock = deadline(totalMs);
  onDeadline(clock);
  try {
    const request = JSON.stringify({ model, input: texts, encoding_format: 'float' });
    const { status, body } = await upstream.post(provider, '/embeddings', request, clock);
    const text = await readBounded(body, MOST_BYTES);
    const error = `${where}: the provider answered ${status}`;
    if (status === 429 || status >= 500) return { error, again: 0 };
    if (status !== 200) return { error };
    return (
      read(JSON.parse(text), texts.length) ?? { error: `${where}: answered something else than embeddings` }
    );
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError)
      return { error: `${where}: answered something else than embeddings` };
    if (clock.ended() !== undefined) return { error: `${where}: took longer than ${totalMs} ms` };
    // The words of a network error name the provider's address, which is not for everyone.
    return { error: `provider ${provider.name} could not be reached`, again: 0 };
  } finally {
    clock.done();
  }
}

function read(body: unknown, count: number): Embedded | undefined {
  const { data, usage } = (body ?? {}) as { data?: unknown; usage?: { prompt_tokens?: unknown } | null };
  if (!Array.isArray(data) || data.length !== count) return undefined;
  const vectors: number[][] = [];
  for (const [at, each] of data.entries()) {
    const { index = at, embedding } = (each ?? {}) as { index?: number; embedding?: unknown };
    if (!Array.isArray(embedding) || !embedding.every((value) => Number.isFinite(value))) return undefined;
    vectors[index] = embedding;
  }
  // A place that was named twice leaves another one empty.
  if (vectors.length !== count || vectors.includes(undefined as never)) return undefined;
  const tokens = usage?.prompt_tokens;
  return { vectors, ...(typeof tokens === 'number' && { used: { inputTokens: tokens, outputTokens: 0 } }) };
}
