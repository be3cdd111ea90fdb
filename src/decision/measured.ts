import { type Buckets, type EvidenceCell, FINISHED_OUTCOMES, type Outcome } from '../api/evidence.ts';
import type { RateMetric, ScoreMetric, ValueMetric } from '../api/guardrail.ts';
import type { Counts } from './counts.ts';
import { addBuckets } from './histogram.ts';

/** Counts of calls, in the order of the constants below. */
export type Tally = readonly number[];
const CHARGED = 0;
const FAILED = 1;
const FINISHED = 2;
const REFUSED = 3;
const CHECKED = 4;
const SCHEMA_FAILED = 5;
const TRUNCATED = 6;
const TOOLS_CHECKED = 7;
const TOOLS_FAILED = 8;
const THUMBS = 9;
const THUMBS_DOWN = 10;
export const NO_TALLY: Tally = Array<number>(11).fill(0);

/** Which tallies are the bad calls of a metric, and out of which. */
const RATES: Record<RateMetric, [bad: number, calls: number]> = {
  ErrorRate: [FAILED, CHARGED],
  RefusalRate: [REFUSED, FINISHED],
  SchemaFailureRate: [SCHEMA_FAILED, CHECKED],
  TruncationRate: [TRUNCATED, FINISHED],
  ToolErrorRate: [TOOLS_FAILED, TOOLS_CHECKED],
  NegativeFeedbackRate: [THUMBS_DOWN, THUMBS],
};

/** Where the values of a metric are counted. */
const VALUES = {
  EvalScore: 'scores',
  Latency: 'latency',
  FirstTokenLatency: 'firstToken',
  CostPerCall: 'cost',
  OutputTokens: 'outputTokens',
} as const satisfies Record<ScoreMetric | ValueMetric, keyof EvidenceCell>;
const VALUE_KINDS = Object.values(VALUES);
/** What scores of a suite are counted under begins with it. */
const OF_SUITE = 'suite:';

/** What values of an arm are counted under: a kind of the gateways' own, or a suite. */
export type ValueKind = (typeof VALUE_KINDS)[number] | `${typeof OF_SUITE}${string}`;

export const isValueKind = (name: string): name is ValueKind =>
  (VALUE_KINDS as readonly string[]).includes(name) || name.startsWith(OF_SUITE);

/** All that is counted of one arm. */
export interface Measured {
  readonly tally: Tally;
  readonly values: Readonly<Partial<Record<ValueKind, Buckets>>>;
}

export const NOTHING: Measured = { tally: NO_TALLY, values: {} };

export function countsOf(metric: RateMetric, tally: Tally): Counts {
  const [bad, calls] = RATES[metric];
  return { calls: tally[calls]!, bad: tally[bad]! };
}

/** The values of a metric; with `suite`, what that scored. */
export function bucketsOf(
  metric: ScoreMetric | ValueMetric,
  { values }: Measured,
  suite: string | undefined,
): Buckets {
  const kind: ValueKind = suite === undefined ? VALUES[metric] : `${OF_SUITE}${suite}`;
  return values[kind] ?? {};
}

/** Calls that the revision was charged with. */
export function chargedCalls({ tally }: Measured): number {
  return tally[CHARGED]!;
}

/** What a gateway's cell counts. A caller's cancel and the gateway's own failure are charged to nobody. */
export function measuredOf(cell: EvidenceCell): Measured {
  const { outcomes, schemaChecked, tools, thumbs, suites } = cell;
  const of = (...names: Outcome[]) => names.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0);
  const failed = of('rate_limited', 'upstream_4xx', 'upstream_5xx', 'timeout', 'stream_interrupted');
  const finished = of(...FINISHED_OUTCOMES);
  const schemaFailed = of('schema_invalid');
  const values: Partial<Record<ValueKind, Buckets>> = {};
  for (const kind of VALUE_KINDS) if (cell[kind] !== undefined) values[kind] = cell[kind];
  for (const suite in suites) values[`${OF_SUITE}${suite}`] = suites[suite]!;
  return {
    tally: [
      failed + finished,
      failed,
      finished,
      of('refusal'),
      Math.max(schemaChecked, schemaFailed),
      schemaFailed,
      of('truncated'),
      tools?.checked ?? 0,
      tools?.failed ?? 0,
      thumbs?.given ?? 0,
      thumbs?.down ?? 0,
    ],
    values,
  };
}

export function addMeasured(one: Measured, other: Measured): Measured {
  if (one === NOTHING) return other;
  if (other === NOTHING) return one;
  const values: Partial<Record<ValueKind, Buckets>> = { ...one.values };
  for (const kind of kindsIn(other)) {
    const known = values[kind];
    values[kind] = known === undefined ? other.values[kind]! : addBuckets(known, other.values[kind]!);
  }
  return { tally: one.tally.map((count, at) => count + other.tally[at]!), values };
}

/** What is new in `now`: all of it where any count fell, since counters only fall by starting again. */
export function grown(now: Measured, before: Measured = NOTHING): Measured {
  const values: Partial<Record<ValueKind, Buckets>> = {};
  for (const kind of kindsIn(now)) {
    const added = grownBuckets(now.values[kind]!, before.values[kind] ?? {});
    if (added === undefined) return now;
    if (Object.keys(added).length > 0) values[kind] = added;
  }
  if (now.tally.some((count, at) => count < before.tally[at]!)) return now;
  return { tally: now.tally.map((count, at) => count - before.tally[at]!), values };
}

export function isNothing({ tally, values }: Measured): boolean {
  return !tally.some(Boolean) && Object.keys(values).length === 0;
}

const kindsIn = ({ values }: Measured): ValueKind[] => Object.keys(values) as ValueKind[];

/** Undefined where a bucket counts less than before. */
function grownBuckets(now: Buckets, before: Buckets): Buckets | undefined {
  const added: Buckets = {};
  for (const bucket in now) {
    const more = now[bucket]! - (before[bucket] ?? 0);
    if (more < 0) return undefined;
    if (more > 0) added[bucket] = more;
  }
  return added;
}
