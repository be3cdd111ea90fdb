/** How a call ended; exactly one. See `gateway` for how each is told. */
export const OUTCOMES = [
  'success',
  'refusal',
  'truncated',
  'schema_invalid',
  'client_cancelled',
  'rate_limited',
  'upstream_4xx',
  'upstream_5xx',
  'timeout',
  'stream_interrupted',
  'gateway_error',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes of calls that came to an answer of their own. */
export const FINISHED_OUTCOMES = [
  'success',
  'refusal',
  'truncated',
  'schema_invalid',
] as const satisfies readonly Outcome[];

export const isFinished = (outcome: Outcome): boolean =>
  (FINISHED_OUTCOMES as readonly Outcome[]).includes(outcome);

/** Scores are counted by badness, 1 − score, in as many steps between 0 and 1. */
export const SCORE_STEPS = 20;

/** How many values fell into each bucket, by its number; see `lib/buckets.ts`. */
export type Buckets = Record<string, number>;

/**
 * What one gateway replica counted for one revision of one release while one split was in force. Counts of a rollout
 * only ever grow until the replica restarts; those of the time at rest (weight 0) are of its last one to two hours. Since a cell belongs to one weight of one attempt, a weight change can never mix
 * two splits in one block, however late the controller looks.
 */
export interface EvidenceCell {
  /** `status.attempt` under which the call was drawn. */
  attempt: number;
  /** The candidate's weight, in percent, under which the call was drawn; 0 at rest. */
  weight: number;
  revision: string;
  /** Calls by outcome; a missing one is zero. A call rescued by stable is counted for the candidate only. */
  outcomes: Partial<Record<Outcome, number>>;
  /** Finished answers that were held against a response schema. */
  schemaChecked: number;
  /** Answers that called tools, and those of them that called one wrongly; missing: none. */
  tools?: { checked: number; failed: number };
  /** Thumbs that callers gave, and those that pointed down. A call has one at most. */
  thumbs?: { given: number; down: number };
  /** Scores given to answers: by badness, 1 − score in twentieths (0 to 20), how many. */
  scores?: Record<string, number>;
  /** Likewise what suites scored sampled answers at, by suite or `<suite>/<slice>`: an evaluator's count, never a gateway's. */
  suites?: Record<string, Record<string, number>>;
  /** Time to the whole answer in ms, of calls that finished or timed out. */
  latency?: Buckets;
  /** Time to the first byte of streamed answers in ms; of one that timed out before, until then. */
  firstToken?: Buckets;
  /** Cost of a call in millionths of a US dollar, where the price is known. */
  cost?: Buckets;
  /** Tokens answered, as the provider reports them. */
  outputTokens?: Buckets;
}

/** What Prometheus said of one guardrail of the user's own, both arms at the same instant. */
export type CustomReading =
  | { guardrail: string; candidate: CustomCounts; stable: CustomCounts }
  | { guardrail: string; candidate: CustomHistograms; stable: CustomHistograms }
  /** Why there is nothing, in words for a person. */
  | { guardrail: string; problem: string };

/** What the id of a series begins with that is summed up from others: it falls when one of them goes. */
export const SUM_PREFIX = 'sum-';

/** Cumulative counters by a short id of each series' labels. */
export interface CustomCounts {
  bad: Record<string, number>;
  total: Record<string, number>;
}

/** Cumulative histograms by a short id of each series' labels: how many values were at most `bound`, bounds ascending. */
export interface CustomHistograms {
  histograms: Record<string, [bound: number, count: number][]>;
}

/** What one replica knows of one PromptRelease or ModelRoute. */
export interface ReleaseEvidence {
  uid: string;
  /** The split that this replica draws new calls from; an evaluator draws none. */
  serving?: { attempt: number; weight: number; stable: string; epoch: number };
  cells: EvidenceCell[];
  /** Of an evaluator: why answers are not scored now, by suite, in words. */
  problems?: Record<string, string>;
}

/** The answer of a gateway's, or an evaluator's, `GET /evidence?uid=…&uid=…` (no uid: all). */
export interface EvidenceReading {
  /** Name of the replica, stable over its restarts where it has one (a pod's name). */
  replica: string;
  /** New at each start of the process: counts began at zero then. */
  startId: string;
  releases: ReleaseEvidence[];
}
