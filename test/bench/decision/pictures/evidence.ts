import { seededRandom } from '../../../../src/lib/random.ts';
import { type Plan, type Rule, replay } from '../../../simulation/rollout.ts';
import { seedOf } from '../job.ts';
import { peekedZ } from '../peeked-z.ts';
import { contenders } from '../rules.ts';
import { SCENARIOS, type Scenario } from '../scenarios.ts';
import { BAD, GRID, heading, INK, OURS, svgOf } from './chart.ts';

const ALPHA = 0.01;
const MOST = 1e6;

interface Trace {
  minute: number;
  evidence: number;
  p: number;
}

/** One good and one bad candidate, as the engine and the z-test see them at each look. */
export function evidence(seed: number, secondsPerTick: number): string {
  const [calm, worse] = ['calm', 'to-5'].map((name) => SCENARIOS.find((each) => each.name === name)!);
  // The question is what a false alarm looks like, so it is a run that has one.
  const run = firstRun((each) => trace(calm!, seed, each, secondsPerTick).some(({ p }) => p < ALPHA));
  const [good, bad] = [calm!, worse!].map((scenario) => trace(scenario, seed, run, secondsPerTick));
  const lines = [
    { name: 'good candidate (1 %)', color: OURS, of: good! },
    { name: 'bad candidate (5 %)', color: BAD, of: bad! },
  ];
  return svgOf(960, 640, {
    title: heading(
      'What is seen of a good and a bad candidate, look by look',
      `Run ${run}: the first in which the z-test raises a false alarm. Nobody acts on either here; both go through 5, 25, 50 and 100 %.`,
    ),
    legend: {
      top: 62,
      left: 60,
      itemGap: 40,
      textStyle: { color: INK },
      data: lines.map(({ name }) => name),
    },
    grid: [
      { left: 76, right: 30, top: 118, height: 210 },
      { left: 76, right: 30, top: 386, height: 196 },
    ],
    xAxis: [0, 1].map((gridIndex) => ({
      gridIndex,
      type: 'value' as const,
      min: 0,
      max: 20,
      interval: 5,
      splitLine: { lineStyle: { color: GRID } },
      axisLine: { onZero: false },
      axisLabel: { show: gridIndex === 1, color: INK },
      ...(gridIndex === 1 && {
        name: 'minutes',
        nameLocation: 'middle' as const,
        nameGap: 28,
        nameTextStyle: { color: INK },
      }),
    })),
    yAxis: [
      axis(
        0,
        'evidence (e-value) against the candidate: above 100 is proof at a risk of .01; cut off at a million',
        0.1,
        MOST,
      ),
      { ...axis(1, 'p-value of the z-test (reversed): beyond .01 is "significant"', 1e-6, 1), inverse: true },
    ],
    series: lines.flatMap(({ name, color, of }, at) =>
      [0, 1].map((panel) => ({
        type: 'line' as const,
        name,
        xAxisIndex: panel,
        yAxisIndex: panel,
        symbol: 'none',
        clip: true,
        itemStyle: { color },
        lineStyle: { color, width: 2 },
        data: of.map(({ minute, evidence: value, p }) => [
          minute,
          panel === 0 ? Math.min(MOST, Math.max(0.1, value)) : Math.max(1 / MOST, p),
        ]),
        ...(at === 0 && {
          markLine: {
            symbol: 'none',
            silent: true,
            lineStyle: { color: INK, type: 'dashed' as const, width: 1 },
            label: { show: false },
            data: [{ yAxis: panel === 0 ? 1 / ALPHA : ALPHA }],
          },
        }),
      })),
    ),
  });
}

function axis(gridIndex: number, name: string, min: number, max: number) {
  return {
    gridIndex,
    type: 'log' as const,
    name,
    min,
    max,
    nameLocation: gridIndex === 0 ? ('end' as const) : ('start' as const),
    nameTextStyle: { color: INK, align: 'left' as const },
    axisLabel: { color: INK, formatter: (value: number) => String(value) },
    splitLine: { lineStyle: { color: GRID } },
  };
}

/** Both rules on the same calls; neither does anything. */
function trace(scenario: Scenario, seed: number, run: number, secondsPerTick: number): Trace[] {
  const engine = contenders(scenario).find(({ ours }) => ours)!.rule;
  const seen: Trace[] = [];
  const both: Rule = {
    name: 'both',
    watch(before, steps) {
      const [ours, theirs] = [engine.watch(before, steps), peekedZ.watch(before, steps)];
      return {
        look(served, at) {
          ours.look(served, at);
          theirs.look(served, at);
          seen.push({
            minute: at.second / 60,
            evidence: ours.figure?.() ?? 1,
            p: theirs.figure?.() ?? 1,
          });
          return 'Go';
        },
        nextStep() {
          ours.nextStep?.();
        },
      };
    },
  };
  const random = seededRandom(seedOf(seed, run));
  const plan: Plan = { ...scenario.plan, secondsPerTick };
  replay(scenario.traffic(random), both, plan, random);
  return seen;
}

function firstRun(fits: (run: number) => boolean): number {
  let run = 0;
  while (!fits(run)) run++;
  return run;
}
