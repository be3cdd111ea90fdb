import type { Course } from '../../../simulation/rollout.ts';
import type { Result } from '../summary.ts';
import { BAD, FAINT, GRID, heading, INK, OURS, svgOf } from './chart.ts';

const SIZES = [
  ['to-20', BAD],
  ['to-5', '#1d4ed8'],
  ['to-2', OURS],
] as const;

/** The share of bad candidates that have been rolled back by each moment. */
export function detection(results: readonly Result[]): string {
  const lines = SIZES.flatMap(([size, color]) =>
    results
      .filter(({ scenario, contender }) => scenario.name === size && contender.ours)
      .map((result, at) => ({ ...result, color, dashed: at > 0 })),
  );
  const plan = lines[0]?.scenario.plan;
  const steps = (plan?.steps ?? []).map((weight, at) => ({
    xAxis: (at * (plan?.secondsPerStep ?? 0)) / 60,
    name: `${weight} %`,
  }));
  return svgOf(900, 480, {
    title: heading(
      'Bad candidates that have been rolled back, over time',
      `Share of ${lines[0]?.courses.length ?? 0} rollouts at 20 calls/s. A candidate under suspicion stays in its step; one that goes on as planned changes weight at the grey lines.`,
    ),
    grid: { left: 64, right: 230, top: 96, bottom: 56 },
    legend: {
      orient: 'vertical',
      left: 690,
      top: 100,
      itemGap: 12,
      textStyle: { color: INK, fontSize: 11.5 },
    },
    xAxis: {
      type: 'value',
      min: 0,
      max: (plan?.deadline ?? 0) / 60,
      interval: 5,
      name: 'minutes since the start of the rollout',
      nameLocation: 'middle',
      nameGap: 32,
      nameTextStyle: { color: INK },
      axisLabel: { color: INK },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: 1,
      axisLabel: { color: INK, formatter: (share: number) => `${Math.round(share * 100)} %` },
      splitLine: { lineStyle: { color: GRID } },
    },
    series: lines.map(({ scenario, contender, courses, color, dashed }, at) => ({
      type: 'line' as const,
      name: `${scenario.title}, ${contender.rule.name.split(', ')[1]}`,
      symbol: 'none',
      step: 'end' as const,
      itemStyle: { color },
      lineStyle: {
        color,
        width: dashed ? 1.5 : 2.5,
        type: dashed ? ('dashed' as const) : ('solid' as const),
      },
      data: shares(courses, scenario.plan.deadline),
      ...(at === 0 && {
        markLine: {
          symbol: 'none',
          silent: true,
          lineStyle: { color: FAINT, type: 'solid' as const, width: 1 },
          label: { formatter: '{b}', color: '#4b5563', position: 'end' as const },
          data: steps,
        },
      }),
    })),
  });
}

/** Minute and share, at each moment at which the share grows. */
function shares(courses: readonly Course[], deadline: number): [number, number][] {
  const times = courses
    .filter(({ rolledBack }) => rolledBack)
    .map(({ seconds }) => seconds)
    .toSorted((a, b) => a - b);
  const points = new Map<number, number>([[0, 0]]);
  for (const [at, seconds] of times.entries()) points.set(seconds / 60, (at + 1) / courses.length);
  points.set(deadline / 60, times.length / courses.length);
  return [...points];
}
