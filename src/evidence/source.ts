import type { EvidenceReading } from '../api/evidence.ts';

/** Where counts of calls, or scores of answers, are read. */
export interface EvidenceSource {
  /**
   * What every replica has counted of the releases named.
   * @throws Error in words for a person where any replica cannot be read: missing is not zero.
   */
  read(uids: readonly string[]): Promise<EvidenceReading[]>;
}

/** Whether every replica draws calls of `uid` from the split that the status asks for. */
export function servedEverywhere(
  readings: readonly EvidenceReading[],
  uid: string,
  wanted: { attempt: number; weight: number; stable: string },
): boolean {
  return readings.every(({ releases }) => {
    const serving = releases.find((release) => release.uid === uid)?.serving;
    return (
      serving !== undefined &&
      serving.attempt === wanted.attempt &&
      serving.weight === wanted.weight &&
      serving.stable === wanted.stable
    );
  });
}
