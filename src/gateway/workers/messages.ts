import type { EvidenceReading } from '../../api/evidence.ts';
import type { CountChange, CountRead } from '../../store/counts.ts';
import type { FeedbackKind } from '../given.ts';
import type { Sample } from '../samples/sample.ts';
import type { TakenTraits } from '../samples/trait-book.ts';
import type { Family } from '../telemetry/otlp/metrics.ts';

/** What a worker is told at its start, over the channel between the processes: never in argv or the environment. */
export interface WorkerOrder {
  /** Its number, from 1 on: the same for the one that takes its place. */
  worker: number;
  /** What calls are signed with, the same for all workers. */
  feedbackKey: Uint8Array;
  /** Where callers come in: a port that is known, the same for all. */
  listen: { host: string; port: number };
}

/** What a primary asks of a worker. Both run the same code: what comes is not checked any more. */
export interface OfWorker {
  /** Begin to serve; answered once it does. */
  start: { asked: WorkerOrder; answered: { url: string } };
  /** Finish calls under way within so many ms, and end; answered when that is done. */
  stop: { asked: number; answered: undefined };
  /** Whether it still does anything. */
  alive: { asked: undefined; answered: true };
  evidence: { asked: readonly string[]; answered: EvidenceReading };
  metrics: { asked: undefined; answered: readonly Family[] };
  /** So many samples at most. */
  samples: { asked: number; answered: Sample[] };
  traits: { asked: undefined; answered: TakenTraits[] };
}

/** What a worker asks of its primary. */
export interface OfPrimary {
  /** See `CountStore`. */
  counts: { asked: readonly CountChange[]; answered: CountRead[] };
  /** See `GivenFeedback`. */
  feedback: { asked: { call: string; kinds: readonly FeedbackKind[] }; answered: boolean };
}
