import { readFile, writeFile } from 'node:fs/promises';
import { ASSUMPTIONS, type Measure } from './scenarios.ts';
import type { Result } from './summary.ts';
import { figure, interval, missed, time } from './text.ts';

const BEGIN = '<!-- bench:decision begins -->';
const END = '<!-- bench:decision ends -->';

/**
 * Puts the results into a document, between its two marks.
 * @throws RangeError where it has not both of them.
 */
export async function writeDocs(file: string, results: readonly Result[], seed: number): Promise<void> {
  const text = await readFile(file, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new RangeError(`${file} has no lines ${BEGIN} and ${END}`);
  const tables = markdownOf(results, seed);
  await writeFile(file, `${text.slice(0, from + BEGIN.length)}\n${tables}\n${text.slice(to)}`);
}

/** The results as Markdown: false rollbacks, then what worse candidates cost until they were taken back. */
export function markdownOf(results: readonly Result[], seed: number): string {
  const good = results.filter(({ scenario }) => !scenario.worse);
  const bad = results.filter(({ scenario }) => scenario.worse);
  const runs = (of: readonly Result[]) => of[0]?.courses.length ?? 0;
  return [
    `**False rollbacks**: the share of ${runs(good)} rollouts of a candidate that is no worse, with its 95 % interval.`,
    ...tables(good, 'rate', ({ rolledBack }) => `${figure(rolledBack.share)} (${interval(rolledBack)})`),
    ...tables(good, 'score', ({ rolledBack }) => `${figure(rolledBack.share)} (${interval(rolledBack)})`),
    ...tables(good, 'cost', ({ rolledBack }) => `${figure(rolledBack.share)} (${interval(rolledBack)})`),
    ...tables(good, 'all', ({ rolledBack }) => `${figure(rolledBack.share)} (${interval(rolledBack)})`),
    `**Candidates that are worse**: bad answers or values that the candidate gave until it was taken back, the time that took, and how often it was missed; medians of ${runs(bad)} rollouts.`,
    ...tables(bad, 'rate', ({ badAnswers, seconds, rolledBack }) => cost(badAnswers, seconds, rolledBack)),
    ...tables(bad, 'score', ({ calls, seconds, rolledBack }) => cost(calls, seconds, rolledBack)),
    ...tables(bad, 'cost', ({ calls, seconds, rolledBack }) => cost(calls, seconds, rolledBack)),
    `Seed ${seed}. ${ASSUMPTIONS.join(' ')}`,
  ].join('\n\n');
}

function cost(count: number, seconds: number, rolledBack: Result['rolledBack']): string {
  const share = missed(rolledBack);
  return `${count} / ${time(seconds)}${share.share > 0 ? `, ${figure(share.share)} missed` : ''}`;
}

/** One table for what is measured alike: a row a rule, a column a scenario. */
function tables(results: readonly Result[], measure: Measure, cell: (result: Result) => string): string[] {
  const of = results.filter(({ scenario }) => scenario.measure === measure);
  const titles = [...new Set(of.map(({ scenario }) => scenario.title))];
  const rules = [...new Set(of.map(({ contender }) => contender.rule.name))];
  if (titles.length === 0) return [];
  const rows = rules.map((rule) => {
    const cells = titles.map((title) => {
      const found = of.find(
        ({ scenario, contender }) => scenario.title === title && contender.rule.name === rule,
      );
      return found === undefined ? '' : cell(found);
    });
    return [rule, ...cells];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [[line(['', ...titles]), line(['---', ...titles.map(() => '---')]), ...rows.map(line)].join('\n')];
}
