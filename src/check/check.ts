import { loadPriceList } from '../cost/price-list.ts';
import type { CountTokens, Encoding } from '../cost/tokens.ts';
import type { Asks } from './asks.ts';
import type { Estimating } from './call-change.ts';
import type { ReportOptions } from './changed.ts';
import { loadCounters } from './counters.ts';
import type { Side } from './objects.ts';
import { promptChange } from './prompt-change.ts';
import type { ReleaseReport, Report } from './report.ts';
import { routeChange } from './route-change.ts';
import { readSides } from './sides.ts';
import type { Tree } from './tree.ts';

export interface CheckOptions extends Omit<ReportOptions, 'asks'> {
  base: Tree;
  head: Tree;
  /** Namespace of an object that names none. */
  namespace: string;
  /** Share (0–1) by which a call may cost more. */
  maxCostIncrease: number;
  /** Tokens of an answer; omitted: the least `max_tokens` of both sides, else 256. */
  outputTokens?: number;
  /** What stands before the files' paths where they are shown: `deploy/`. */
  prefix?: string;
  /** Who asks both sides, given both; omitted: everything is estimated, and nothing leaves the machine. */
  asking?: (before: Side, after: Side) => Asks;
  /** The day whose prices hold. */
  now: Date;
}

/**
 * Compares the manifests of two sides: what is wrong with what changed, and what a call took and takes. Without
 * `asking` nothing leaves the machine. What did not change is not looked at.
 * @throws Error where one of the sides cannot be read.
 */
export async function check(options: CheckOptions): Promise<Report> {
  const { base, head, maxCostIncrease, outputTokens } = options;
  const [before, after] = await readSides(options);
  const asks = options.asking?.(before, after);
  const prices = await loadPriceList(options.now);
  const counters = new Map<Encoding, CountTokens>();
  const estimating: Estimating = {
    prices,
    tokenizer: (encoding) => counters.get(encoding)!,
    maxCostIncrease,
    ...(outputTokens !== undefined && { outputTokens }),
  };
  const old = new Set(before.findings.map(placeOf));
  const findings = after.findings
    .filter((each) => !old.has(placeOf(each)))
    .map(({ id: _, ...finding }) => finding);
  const releases: ReleaseReport[] = [];
  let unchanged = 0;
  for (const key of new Set([...after.objects.keys(), ...before.objects.keys()])) {
    const kind = (after.objects.get(key) ?? before.objects.get(key))!.kind;
    if (kind !== 'PromptRelease' && kind !== 'ModelRoute') continue;
    const changed =
      kind === 'PromptRelease' ? promptChange(before, after, key) : routeChange(before, after, key);
    if (changed === undefined) unchanged++;
    else {
      await loadCounters(counters, changed.called);
      releases.push(await changed.report(estimating, { ...options, ...(asks && { asks }) }));
    }
  }
  return {
    base: base.label,
    head: head.label,
    prices: prices.version,
    maxCostIncrease,
    releases,
    findings,
    unchanged,
    ...(asks && { askedUSD: asks.spentUSD() ?? null }),
    skipped: head.skipped.map(({ path, why }) => ({ path: (options.prefix ?? '') + path, why })),
  };
}

/** By content and not by file: an object is there twice by a file that is new, whichever of both is told of. */
const placeOf = ({ id, rule, line }: Side['findings'][number]): string => `${id} ${rule} ${line}`;
