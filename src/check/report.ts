import type { PartChange } from './count.ts';
import type { Finding } from './finding.ts';
import type { Skipped } from './tree.ts';

/** What a call took and takes. All of it is estimated. */
export interface CallChange {
  before?: CallFigures;
  after?: CallFigures;
  /** Parts that take more or fewer tokens than before. */
  parts: readonly PartChange[];
  /** How many cases were counted, and where they are from. */
  cases: number;
  casesFrom: string;
}

/** Figures of one call, in the mean of the cases. */
export interface CallFigures {
  model: string;
  /** The encoding that its tokens were counted with. */
  encoding: string;
  inputTokens: number;
  /** Assumed: nothing tells beforehand how long answers are. */
  outputTokens: number;
  /** USD; absent where the price is not known. */
  inputUSD?: number;
  callUSD?: number;
}

/** A release that is not what it was. */
export interface ReleaseReport {
  kind: 'PromptRelease' | 'ModelRoute';
  namespace: string;
  name: string;
  change: 'added' | 'changed' | 'removed' | 'affected';
  /** What changed that it depends on, where it is not the release alone. */
  because: readonly string[];
  file: string;
  line: number;
  call?: CallChange;
  findings: readonly Finding[];
}

/** All that a check found. */
export interface Report {
  base: string;
  head: string;
  /** The price table that was used beside the ModelProviders' own prices. */
  prices: string;
  maxCostIncrease: number;
  releases: readonly ReleaseReport[];
  /** What belongs to no release above. */
  findings: readonly Finding[];
  unchanged: number;
  skipped: readonly Skipped[];
}

/** Everything found, the releases' own findings included. */
export const allFindings = ({ findings, releases }: Report): Finding[] => [
  ...findings,
  ...releases.flatMap((release) => release.findings),
];

export const failed = (report: Report): boolean => allFindings(report).some(({ level }) => level === 'error');
