import type { Row } from './measure.ts';

/** Medians over rounds, figure by figure. */
export function medians(rounds: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name]!))]));
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** A table in Markdown for each setting, those with the same figures together. */
export function tables(rows: readonly Row[]): string {
  const kinds = Map.groupBy(rows, ({ scenario }) => scenario);
  return [...kinds]
    .map(([scenario, own]) => {
      const figures = Object.keys(own[0]!.figures);
      const head = [scenario, '', ...figures];
      const lines = own.map(({ setting, name, figures: seen }) => [
        setting,
        name,
        ...figures.map((figure) => shown(seen[figure])),
      ]);
      return aligned([head, head.map(() => '---'), ...lines]);
    })
    .join('\n\n');
}

const shown = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
};

function aligned(table: readonly (readonly string[])[]): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map(
      (row) =>
        `| ${row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`,
    )
    .join('\n');
}
