/** One writer's part of a sum that several writers share. */
export interface CountChange {
  /** Names the sum. */
  key: string;
  /** Names the part: nobody else writes it. */
  field: string;
  /** What the part is from now on, a whole number; absent where it has not changed. */
  part?: number;
  /** How long the sum is kept after this, in ms. */
  keepMs: number;
}

/** A sum as it is kept. */
export interface CountRead {
  /** The writer's own part, as it is kept; 0 where it is not there any more. */
  part: number;
  /** All other parts together. */
  others: number;
}

/**
 * Sums that replicas share. Each writes its own part whole and never a difference, so that what is written twice counts once
 * and a store that lost everything has it again once each has written.
 */
export interface CountStore {
  /** How often it may be asked for all sums in use, in ms, where it is near. Default: once a second. */
  readonly everyMs?: number;
  /**
   * Writes the parts that have changed and reads each sum, in the order given.
   * @throws Error where the store does not answer, without credentials or addresses of its user.
   */
  exchange(changes: readonly CountChange[]): Promise<CountRead[]>;
  close(): Promise<void>;
}
