import type { CustomReading } from '../../api/evidence.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { Arms, CustomSource } from '../../evidence/prometheus/source.ts';

/** What Prometheus says of a rollout's guardrails that are the user's own; nothing is asked where it has none. */
export async function readCustom(
  source: CustomSource,
  { guardrails = [] }: Rollout = {},
  arms: Arms,
): Promise<CustomReading[]> {
  const queries = guardrails.flatMap(({ name, prometheus }) =>
    prometheus === undefined ? [] : [{ guardrail: name, prometheus }],
  );
  return queries.length === 0 ? [] : source.read(queries, arms);
}
