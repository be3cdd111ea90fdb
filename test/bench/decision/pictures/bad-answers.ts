import type { Contender } from '../rules.ts';
import type { Result } from '../summary.ts';
import { GRID, heading, INK, OURS, OURS_LIGHT, percent, svgOf, THEIRS } from './chart.ts';

const SIZES = ['to-2', 'to-5', 'to-20', 'to-100'];

/** Bad answers that callers got until the rollback, by how bad the candidate was: a line a rule. */
export function badAnswers(results: readonly Result[]): string {
  const of = SIZES.map((size) => results.filter(({ scenario }) => scenario.name === size));
  const contenders = (of[0] ?? []).map(({ contender }) => contender);
  const nameOf = ({ rule }: Contender) => {
    const calm = results.find(
      ({ scenario, contender }) => scenario.name === 'calm' && contender.rule.name === rule.name,
    );
    return calm ? `${rule.name} (${percent(calm.rolledBack.share)})` : rule.name;
  };
  const theirs = contenders.filter(({ ours }) => !ours);
  return svgOf(1000, 520, {
    title: heading(
      'Bad answers served before the rollback',
      `Median of ${of[0]?.[0]?.courses.length ?? 0} rollouts at 20 calls/s; stable fails 1 % of calls. A candidate that is not rolled back counts until its end.\nIn brackets: how often the same rule rolls back a candidate that is as good as stable.`,
    ),
    grid: { left: 64, right: 410, top: 104, bottom: 58 },
    legend: {
      orient: 'vertical',
      left: 610,
      top: 106,
      itemGap: 12,
      itemWidth: 26,
      textStyle: { fontSize: 11.5, color: INK },
    },
    xAxis: {
      type: 'category',
      data: of.map(([first]) => first?.scenario.title ?? ''),
      name: "the candidate's share of bad calls",
      nameLocation: 'middle',
      nameGap: 34,
      nameTextStyle: { color: INK },
      axisLabel: { color: INK },
    },
    yAxis: {
      type: 'log',
      min: 1,
      max: 1_000,
      name: 'bad answers',
      nameTextStyle: { color: INK, align: 'left' },
      axisLabel: { color: INK },
      splitLine: { lineStyle: { color: GRID } },
    },
    series: contenders.map((contender) => {
      const { ours, rule } = contender;
      const strict = ours && contender === contenders.find((each) => each.ours);
      const color = ours ? (strict ? OURS : OURS_LIGHT) : THEIRS[theirs.indexOf(contender) % THEIRS.length]!;
      return {
        type: 'line' as const,
        name: nameOf(contender),
        symbol: ours ? 'circle' : 'emptyCircle',
        symbolSize: ours ? 9 : 7,
        lineStyle: { width: ours ? 3 : 1.5, color },
        itemStyle: { color },
        z: ours ? 3 : 2,
        data: of.map(
          (each) => each.find(({ contender: own }) => own.rule.name === rule.name)?.badAnswers ?? null,
        ),
      };
    }),
  });
}
