import type { Evaluation } from '../evaluate.ts';
import { shownScore, worstCases } from '../run-results.ts';
import type { Verdict } from '../verdict.ts';

const SIGNS = { Pass: '✔', Fail: '✘', Error: '?' } as const;

/** A run for people: verdict, what was asked, the worst cases by name, what it cost. */
export function textReport(run: Evaluation, judged: Verdict): string[] {
  const { verdict, message, candidate, stable } = judged;
  const names = run.cases.map(({ name }) => name);
  const worst = worstCases(run.results, names, { candidate: run.revision, stable: run.against });
  const { kind, name } = run.release;
  return [
    `${SIGNS[verdict]} ${verdict}: ${harmless(message)}`,
    '',
    `suite     ${run.suite}, ${run.cases.length} case${run.cases.length === 1 ? '' : 's'}${run.repeat > 1 ? `, ${run.repeat} times` : ''} (${run.hash})`,
    `release   ${kind} ${run.release.namespace}/${name}`,
    ...[candidate, ...(stable ? [stable] : [])].map(
      ({ revision, passed, answers, errors, score }, at) =>
        `${at === 0 ? 'revision ' : 'against  '} ${revision}: ${passed} of ${answers} passed` +
        `${score === undefined ? '' : `, mean score ${shownScore(score)}`}${errors > 0 ? `, ${errors} errors` : ''}`,
    ),
    ...(run.judge === undefined ? [] : [`judge     ${run.judge}`]),
    `cost      ${run.costUSD === undefined ? 'not known: give prices in spec.models of the ModelProvider' : `$${run.costUSD.toFixed(4)}`}`,
    ...(worst.length > 0 ? ['', 'worst:'] : []),
    ...worst.map(
      (each) =>
        `  ${harmless(each.case)}: ${each.candidate}${each.stable === undefined ? '' : `, was ${each.stable}`}: ${harmless(each.reason)}`,
    ),
  ];
}

/** In one line, and nothing that a terminal would obey: answers and what judges say are others' text. */
export const harmless = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, (letter) => `\\u${letter.codePointAt(0)!.toString(16).padStart(4, '0')}`);
