import type { CustomReading } from '../../api/evidence.ts';
import type { Guardrail } from '../../api/guardrail.ts';

/** The queries of a guardrail of the user's own, as its spec has them. */
export interface CustomQueries {
  guardrail: string;
  prometheus: NonNullable<Guardrail['prometheus']>;
}

/** The revisions that are compared. */
export interface Arms {
  stable: string;
  candidate: string;
}

/** Where the metrics of guardrails of the users' own are read. */
export interface CustomSource {
  /**
   * One reading for each guardrail, in their order. Never rejects: what cannot be had is a reading with a `problem`, and
   * spoils no other guardrail's.
   */
  read(queries: readonly CustomQueries[], arms: Arms): Promise<CustomReading[]>;
}

/** What is read where no Prometheus was named. */
export const withoutPrometheus: CustomSource = {
  async read(queries) {
    const problem = 'no Prometheus is configured: start with --prometheus URL';
    return queries.map(({ guardrail }) => ({ guardrail, problem }));
  },
};
