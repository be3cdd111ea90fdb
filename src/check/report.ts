import type { PartChange } from './count.ts';
import type { Finding, Level } from './finding.ts';
import type { Skipped } from './tree.ts';

/** What a call took and takes. */
export interface CallChange {
  /** Measured: both sides were asked; else nothing was, and what a call takes is estimated. */
  basis: 'estimated' | 'measured';
  before?: CallFigures;
  after?: CallFigures;
  /** Parts that take more or fewer tokens than before. */
  parts: readonly PartChange[];
  /** On how many cases the figures rest, and where they are from. */
  cases: number;
  casesFrom: string;
}

/** Figures of one call, in the mean of the cases. */
export interface CallFigures {
  model: string;
  /** The encoding that its tokens were counted with; absent where the provider counted them. */
  encoding?: string;
  inputTokens: number;
  /** Assumed where it is estimated: nothing tells beforehand how long answers are. */
  outputTokens: number;
  /** USD; absent where the price is not known. */
  inputUSD?: number;
  callUSD?: number;
}

/** What a suite made of the answers of both sides. */
export interface SuiteResult {
  suite: string;
  /** Of the head, as `gate` of the suite says. `Error`: it could not be told. */
  verdict: 'Pass' | 'Fail' | 'Error';
  message: string;
  /** Absent where there was nothing to compare with. */
  before?: SideResult;
  after: SideResult;
  /** Where the head lost most, the worst first. */
  worst: readonly { case: string; before?: string; after: string; reason: string }[];
  /** Answers of both sides and the judge, in USD; absent where a price is not known. */
  costUSD?: number;
}

/** How one side answered a suite. */
export interface SideResult {
  answers: number;
  passed: number;
  errors: number;
  /** Mean score, 0 to 1; absent where nothing could be scored. */
  score?: number;
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
  /** Of the suites that were asked; absent where none was. */
  evals?: readonly SuiteResult[];
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
  /** What asking cost, in USD, or null where that is not known; absent where nothing was asked. */
  askedUSD?: number | null;
  skipped: readonly Skipped[];
}

/** Everything found, the releases' own findings included. */
export const allFindings = ({ findings, releases }: Report): Finding[] => [
  ...findings,
  ...releases.flatMap((release) => release.findings),
];

const has = (report: Report, wanted: Level): boolean =>
  allFindings(report).some(({ level }) => level === wanted);

export const failed = (report: Report): boolean => has(report, 'error');

/** Whether something that was asked for could not be found out. */
export const untold = (report: Report): boolean => has(report, 'untold');
