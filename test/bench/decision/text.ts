import type { Share } from '../../simulation/wilson.ts';
import { ASSUMPTIONS } from './scenarios.ts';
import type { Result } from './summary.ts';

/** The results for a terminal: a table a scenario. */
export function textOf(results: readonly Result[]): string {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  const tables = scenarios.map((scenario) => {
    const of = results.filter((each) => each.scenario === scenario);
    const runs = of[0]!.courses.length;
    const rate = scenario.measure === 'rate';
    const head = [
      `${scenario.title} (${scenario.name}), ${runs} runs`,
      scenario.worse ? 'missed' : 'false rollbacks',
      '95 %',
      rate ? 'bad answers' : 'calls measured',
      'time',
    ];
    const rows = of.map(({ contender, rolledBack, badAnswers, calls, seconds }) => {
      const share = scenario.worse ? missed(rolledBack) : rolledBack;
      return [
        contender.rule.name,
        figure(share.share),
        interval(share),
        String(rate ? badAnswers : calls),
        time(seconds),
      ];
    });
    return [head, ...rows].map(line).join('\n');
  });
  return `${ASSUMPTIONS.join('\n')}\nBad answers, calls and time are medians over all runs.\n\n${tables.join('\n\n')}\n`;
}

/** The share that was not rolled back. */
export function missed({ share, low, high }: Share): Share {
  return { share: 1 - share, low: 1 - high, high: 1 - low };
}

/** `.0042` as `0.004`. */
export function figure(share: number): string {
  return share.toFixed(3);
}

export function interval({ low, high }: Share): string {
  return `${figure(low)}–${figure(high)}`;
}

/** Never where most runs were not rolled back. */
export function time(seconds: number): string {
  return Number.isFinite(seconds) ? `${seconds} s` : 'never';
}

function line(cells: string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(54) : cell.padStart(16))).join('');
}
