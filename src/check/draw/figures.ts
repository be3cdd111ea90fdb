import { formatPercent } from '../../lib/percent.ts';
import { usd } from '../call-change.ts';
import type { CallChange, ReleaseReport, Report } from '../report.ts';

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
export const basisOf = ({ cases, casesFrom, after }: CallChange): string => {
  const counted =
    casesFrom === 'made up'
      ? 'one made-up case'
      : casesFrom === '1,000 tokens of input'
        ? casesFrom
        : `${cases} cases of ${casesFrom}`;
  return `estimated on ${counted}, with answers of ${tokens(after?.outputTokens ?? 0)} tokens on both sides`;
};

/** How it ended, in a sentence. */
export function outcomeOf({ releases, unchanged }: Report, errors: number): string {
  const found = errors === 0 ? 'no problem' : errors === 1 ? '1 problem' : `${errors} problems`;
  if (releases.length === 0 && unchanged === 0) return `${found}; nothing changed`;
  return `${found}; ${releases.length} changed, ${unchanged} unchanged`;
}
