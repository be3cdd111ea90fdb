import { canonicalJson } from '../lib/canonical.ts';
import type { Asks } from './asks.ts';
import type { Estimating } from './call-change.ts';
import type { Case } from './cases.ts';
import type { Finding } from './finding.ts';
import { type Found, keyOf } from './objects.ts';
import type { Called } from './release.ts';
import type { ReleaseReport } from './report.ts';

/** What a report of a release is asked for. */
export interface ReportOptions {
  /** Cases for every release, instead of those of EvalSuites. */
  cases?: readonly Case[];
  /** Calls a day that a release gets, to hold against the budget of its route. */
  callsPerDay?: number;
  /** Who asks both sides; absent where everything is to be estimated. */
  asks?: Asks;
}

/** A release that is not what it was. */
export interface Changed {
  /** What tokens are counted for. */
  called: (Called | undefined)[];
  report(estimating: Estimating, options: ReportOptions): Promise<ReleaseReport>;
}

/** What a report says before anything is found. */
export type Frame = Omit<ReleaseReport, 'findings' | 'call'>;

/** One of both sides at least is there. */
export function frameOf(old: Found | undefined, now: Found | undefined, because: readonly string[]): Frame {
  const found = (now ?? old)!;
  const own = old === undefined || now === undefined || canonicalJson(old.spec) !== canonicalJson(now.spec);
  const change = now === undefined ? 'removed' : old === undefined ? 'added' : own ? 'changed' : 'affected';
  const { kind, namespace, name, file } = found;
  return { kind: kind as Frame['kind'], namespace, name, change, because, file, line: found.line([]) };
}

/** All there is to say of a release that is no more. */
export const removed = ({ kind, namespace, name, file, line }: Frame): Finding => ({
  level: 'note',
  rule: 'removed',
  file,
  line,
  message: `${keyOf(kind, namespace, name)} is removed`,
});
