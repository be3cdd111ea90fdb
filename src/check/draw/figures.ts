import { formatPercent } from '../../lib/percent.ts';
import { usd } from '../call-change.ts';
import type { Level } from '../finding.ts';
import {
  allFindings,
  type CallChange,
  type ReleaseReport,
  type Report,
  type SideResult,
  type SuiteResult,
} from '../report.ts';

export const titleOf = ({ kind, namespace, name }: ReleaseReport): string => `${kind} ${namespace}/${name}`;

/** `changed`, or `affected by the ModelProvider`. */
export const changeOf = ({ change, because }: ReleaseReport): string =>
  change === 'affected' ? `affected by ${because.join(' and ')}` : change;

export const tokens = (count: number): string => String(Math.round(count));

/** `380 → 792 (+108%)`, or what is known of it. */
export function fromTo(
  before: number | undefined,
  after: number | undefined,
  show: (figure: number) => string,
): string {
  if (after === undefined) return 'unknown';
  if (before === undefined) return show(after);
  if (before === after) return show(after);
  const share =
    before === 0 ? '' : ` (${after > before ? '+' : '-'}${formatPercent(Math.abs(after / before - 1))})`;
  return `${show(before)} → ${show(after)}${share}`;
}

/** Input tokens and cost of a call, before and after. */
export const inputOf = ({ before, after }: CallChange): string =>
  fromTo(before?.inputTokens, after?.inputTokens, tokens);
export const costOfCall = ({ before, after }: CallChange): string =>
  fromTo(before?.callUSD, after?.callUSD, usd);

/** What the figures rest on. */
export const basisOf = ({ basis, before, after, cases, casesFrom }: CallChange): string => {
  const counted =
    casesFrom === 'made up'
      ? 'one made-up case'
      : casesFrom === '1,000 tokens of input'
        ? casesFrom
        : `${cases} cases of ${casesFrom}`;
  if (basis === 'measured')
    return `measured on ${counted}, with answers of ${fromTo(before?.outputTokens, after?.outputTokens, tokens)} tokens`;
  return `estimated on ${counted}, with answers of ${tokens(after?.outputTokens ?? 0)} tokens on both sides`;
};

/** `5 of 5 passed → 4 of 5 passed` and what that came to, with its cost. */
export function suiteText({ suite, verdict, message, before, after, costUSD }: SuiteResult): string {
  const passed = ({ passed: ok, answers }: SideResult) => `${ok} of ${answers}`;
  const both = before ? `${passed(before)} → ${passed(after)} passed` : `${passed(after)} passed`;
  const cost = costUSD === undefined ? 'cost not known' : usd(costUSD);
  return `${suite}: ${verdict}, ${both}; ${message} (${cost})`;
}

/** How it ended, in a sentence. */
export function outcomeOf(report: Report): string {
  const { releases, unchanged, askedUSD } = report;
  const count = (wanted: Level) => allFindings(report).filter(({ level }) => level === wanted).length;
  const [errors, open] = [count('error'), count('untold')];
  const problems = errors === 0 ? 'no problem' : errors === 1 ? '1 problem' : `${errors} problems`;
  const found = open === 0 ? problems : `${problems}, ${open} could not be told`;
  if (releases.length === 0 && unchanged === 0) return `${found}; nothing changed`;
  const spent =
    askedUSD === undefined ? '' : `; asking cost ${askedUSD === null ? 'what is not known' : usd(askedUSD)}`;
  return `${found}; ${releases.length} changed, ${unchanged} unchanged${spent}`;
}
