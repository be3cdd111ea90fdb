import type { AskedRelease } from '../gateway/ask.ts';
import type { Case } from './cases.ts';
import type { SuiteResult } from './report.ts';

/** Asks both sides of a release for real. Handed in: a check by itself reaches nothing. */
export interface Asks {
  /** What all that was asked cost, in USD; undefined where something was asked whose cost is not known. */
  spentUSD(): number | undefined;
  /**
   * Why there is nothing to find out by asking: the side cannot be asked, or both would be asked the same; undefined
   * where there is.
   */
  idle(release: AskedRelease): Promise<Idle | undefined>;
  /** Asks each side each case once; absent where only estimates are wanted. Never throws. */
  measure?: (release: AskedRelease, cases: readonly Case[]) => Promise<Measured>;
  /** Has the head's suites of those names answered by both sides; absent where that is not wanted. Never throws. */
  evaluate?: (release: AskedRelease, suites: readonly string[]) => Promise<SuiteResult[]>;
}

export interface Idle {
  why: string;
  /** Whether it was to be asked and cannot be, rather than there being nothing new. */
  untold: boolean;
}

/** What calls took, in the mean of the cases that each side answered. */
export interface Measured {
  before?: MeasuredSide;
  /** Absent where no case was answered by each side. */
  after?: MeasuredSide;
  /** How many cases those are. */
  cases: number;
  /** Why the first that is missing was not answered; undefined where none is. */
  error?: string;
}

/** What calls of one side took, as its provider counted. */
export interface MeasuredSide {
  inputTokens: number;
  outputTokens: number;
  /** USD; absent where the price is not known. */
  callUSD?: number;
}
