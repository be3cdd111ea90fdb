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

/**
 * What one gateway replica counted for one revision of one release while one split was in force. Counts only ever
 * grow until the replica restarts. Since a cell belongs to one weight of one attempt, a weight change can never mix
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
}

/** What one replica knows of one PromptRelease or ModelRoute. */
export interface ReleaseEvidence {
  uid: string;
  /** The split that this replica draws new calls from. */
  serving: { attempt: number; weight: number; stable: string; epoch: number };
  cells: EvidenceCell[];
}

/** The answer of a gateway's `GET /evidence?uid=…&uid=…` (no uid: all). */
export interface EvidenceReading {
  /** Name of the replica, stable over its restarts where it has one (a pod's name). */
  replica: string;
  /** New at each start of the process: counts began at zero then. */
  startId: string;
  releases: ReleaseEvidence[];
}
