import { FAINT, GRID, heading, INK, OURS, svgOf } from '../decision/pictures/chart.ts';
import type { Row } from './measure.ts';

/** Calls/s at 16 connections, on a scale by tens, as SVG. @throws Error where that was not measured */
export function draw(rows: readonly Row[]): string {
  const plain = rows.filter(({ scenario, setting }) => scenario === 'plain' && setting === '16 connections');
  if (plain.length === 0) throw new Error('--picture shows calls/s at 16 connections: run --only plain too');
  // One that answered nothing in its time has no place on a scale by tens.
  const bars = plain
    .filter(({ figures }) => figures['calls/s']! > 0)
    .toSorted((a, b) => a.figures['calls/s']! - b.figures['calls/s']!);
  return svgOf(760, 90 + bars.length * 44, {
    title: heading(
      'Calls a second',
      'Plain calls of 1 KB at 16 connections, one process each unless its name says more; a scale by tens',
    ),
    grid: { left: 190, right: 70, top: 76, bottom: 30 },
    xAxis: {
      type: 'log',
      min: 10,
      axisLabel: { color: FAINT },
      splitLine: { lineStyle: { color: GRID } },
    },
    yAxis: {
      type: 'category',
      data: bars.map(({ name }) => name),
      axisLabel: { color: INK },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    series: [
      {
        type: 'bar',
        barWidth: 20,
        data: bars.map(({ name, figures }) => ({
          value: Math.round(figures['calls/s']!),
          itemStyle: { color: name.startsWith('Sluice') ? OURS : FAINT },
        })),
        label: { show: true, position: 'right', color: INK },
      },
    ],
  });
}
