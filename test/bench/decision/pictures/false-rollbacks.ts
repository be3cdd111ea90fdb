import type { Result } from '../summary.ts';
import { FAINT, GRID, heading, INK, OURS, percent, svgOf } from './chart.ts';

const COLUMNS = 3;
const [WIDTH, PANEL_HEIGHT, TOP, LABELS] = [1100, 190, 124, 290];
/** Beyond this there is no room for a figure to the right of a bar. */
const CROWDED = 0.8;
const PANEL_WIDTH = (WIDTH - LABELS - 30) / COLUMNS;

/** Shares of good candidates that were rolled back: a panel a scenario, a bar a rule. */
export function falseRollbacks(results: readonly Result[]): string {
  const good = results.filter(({ scenario }) => scenario.measure === 'rate' && !scenario.worse);
  const scenarios = [...new Set(good.map(({ scenario }) => scenario))];
  const rules = [...new Set(good.map(({ contender }) => contender.rule.name))];
  const panels = scenarios.map((scenario, at) => {
    const row = Math.floor(at / COLUMNS);
    const column = at % COLUMNS;
    return {
      scenario,
      column,
      left: LABELS + column * PANEL_WIDTH,
      top: TOP + row * (PANEL_HEIGHT + 46),
      of: rules.map(
        (rule) => good.find((each) => each.scenario === scenario && each.contender.rule.name === rule)!,
      ),
    };
  });
  const rows = Math.ceil(scenarios.length / COLUMNS);
  return svgOf(WIDTH, TOP + rows * (PANEL_HEIGHT + 46) - 24, {
    title: [
      heading(
        'Good candidates that were rolled back',
        `Share of ${good[0]?.courses.length ?? 0} rollouts whose candidate was exactly as good as stable; thin lines are 95 % intervals.\nIn the last panel bad calls come three at a time: every rule here takes calls to be independent.`,
      ),
      ...panels.map(({ scenario, left, top }) => ({
        text: scenario.title,
        left,
        top: top - 24,
        padding: 0,
        textStyle: { fontSize: 13, fontWeight: 600 as const, color: INK },
      })),
    ],
    grid: panels.map(({ left, top }) => ({
      left,
      top,
      width: PANEL_WIDTH - 60,
      height: PANEL_HEIGHT,
    })),
    xAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'value' as const,
      min: 0,
      max: 1,
      interval: 0.5,
      axisLabel: { show: false },
      splitLine: { lineStyle: { color: GRID } },
    })),
    yAxis: panels.map(({ column }, gridIndex) => ({
      gridIndex,
      type: 'category' as const,
      inverse: true,
      data: rules,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: FAINT } },
      axisLabel: { show: column === 0, color: INK, fontSize: 11.5 },
    })),
    series: panels.flatMap(({ of }, at) => [
      {
        type: 'bar' as const,
        xAxisIndex: at,
        yAxisIndex: at,
        barWidth: '62%',
        data: of.map(({ rolledBack, contender }) => ({
          value: rolledBack.share,
          itemStyle: { color: contender.ours ? OURS : '#a3aab5' },
        })),
      },
      {
        type: 'scatter' as const,
        xAxisIndex: at,
        yAxisIndex: at,
        symbolSize: 0,
        data: of.map(({ rolledBack: { share, low, high }, contender }, rule) => ({
          value: share > CROWDED ? [low, rule] : [high, rule],
          label: {
            show: true,
            position: share > CROWDED ? ('left' as const) : ('right' as const),
            fontSize: 11.5,
            color: INK,
            fontWeight: contender.ours ? ('bold' as const) : ('normal' as const),
            formatter: percent(share),
          },
        })),
      },
      {
        type: 'custom' as const,
        xAxisIndex: at,
        yAxisIndex: at,
        silent: true,
        data: of.map(({ rolledBack }, rule) => [rolledBack.low, rolledBack.high, rule]),
        renderItem: (_: unknown, api: { value(at: number): unknown; coord(at: number[]): number[] }) => {
          const rule = Number(api.value(2));
          const [from, y] = api.coord([Number(api.value(0)), rule]);
          const [to] = api.coord([Number(api.value(1)), rule]);
          return {
            type: 'line' as const,
            shape: { x1: from!, y1: y!, x2: to!, y2: y! },
            style: { stroke: INK, lineWidth: 1.5 },
          };
        },
      },
    ]),
  });
}
