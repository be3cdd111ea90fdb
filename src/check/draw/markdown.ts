import { grownParts, partText } from '../call-change.ts';
import { allFindings, failed, type Report, untold } from '../report.ts';
import { basisOf, changeOf, costOfCall, inputOf, outcomeOf, suiteText, titleOf } from './figures.ts';
import { harmless } from './harmless.ts';

/** Of each of the five parts: a pull request's comments may have 65,536 characters. */
const [MOST_ROWS, MOST_LETTERS] = [100, 12_000];
/** Of one text, before it is escaped. */
const MOST_TEXT = 1_000;

/** The report for a comment on a pull request. What manifests say is shown as it is, never as Markdown. */
export function drawMarkdown(report: Report): string {
  const findings = allFindings(report).filter(({ level }) => level !== 'note');
  const called = report.releases.filter(({ call }) => call !== undefined);
  const grown = called.flatMap((release) =>
    grownParts(release.call!.parts).map((part) => `- ${code(titleOf(release))}: ${plain(partText(part))}`),
  );
  const measured = called.some(({ call }) => call!.basis === 'measured');
  const evals = report.releases.flatMap((release) =>
    (release.evals ?? []).map((each) => `- ${code(titleOf(release))}: ${plain(suiteText(each))}`),
  );
  const lines = [
    `### ${failed(report) ? '❌' : untold(report) ? '❔' : '✅'} sluice check: ${outcomeOf(report)}`,
    '',
    `${code(report.base)} → ${code(report.head)}`,
    ...list(
      '',
      findings.map(
        ({ level, file, line, message }) => `- **${level}** ${code(`${file}:${line}`)} ${plain(message)}`,
      ),
    ),
    ...(report.releases.length === 0
      ? []
      : ['', '| release | change | input tokens | cost of a call |', '|---|---|---|---|']),
    ...capped(
      report.releases.map((release) => {
        const { call } = release;
        const cells = [
          code(titleOf(release)),
          plain(changeOf(release)),
          call ? inputOf(call) : '',
          call ? costOfCall(call) : '',
        ];
        return `| ${cells.join(' | ')} |`;
      }),
    ),
    ...list('Evals:', evals),
    ...list('What grew:', grown),
    ...list('', [...new Set(called.map(({ call }) => `- ${plain(basisOf(call!))}`))]),
    '',
    `Prices: those of the ModelProviders, else ${plain(report.prices)}.${measured ? '' : ' All figures are estimates.'}`,
    '',
  ];
  return lines.join('\n');
}

const list = (head: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : ['', ...(head === '' ? [] : [head, '']), ...capped(items)];

function capped(rows: readonly string[]): string[] {
  let letters = 0;
  const over = rows.findIndex((row, at) => {
    letters += row.length + 1;
    return at >= MOST_ROWS || letters > MOST_LETTERS;
  });
  return over === -1 ? [...rows] : [...rows.slice(0, over), '', `… and ${rows.length - over} more`];
}

const code = (text: string): string => `\`${harmless(text).replaceAll(/[`|]/g, "'")}\``;

const shortened = (text: string): string =>
  text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;

/** Text with what Markdown, HTML or a mention would be made of escaped. */
const plain = (text: string): string =>
  shortened(harmless(text))
    .replaceAll(/[\\`*_{}[\]<>|#~!]/g, '\\$&')
    .replaceAll('@', '@\u200B')
    .replaceAll('://', ':\u200B//');
