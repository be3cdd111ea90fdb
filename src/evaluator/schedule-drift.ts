import type { EvalSchedule } from '../api/eval-suite.ts';
import { comparePaired, type Paired } from '../decision/paired.ts';
import { addToCusum, shiftedTo } from '../drift/cusum.ts';
import { type Outputs, outputShift } from './output-shift.ts';
import { packScores, unpackScores } from './packed-scores.ts';
import { shownScore } from './run-results.ts';

/** What a scheduled run came to. */
export interface ScheduledRun {
  revision: string;
  /** Hash of the cases and assertions. */
  suite: string;
  /** The judge's version, where one was asked. */
  judge?: string;
  /** Mean score of each case, in their order; undefined where it could not be asked or judged. */
  scores: readonly (number | undefined)[];
  /** What the answers were like. */
  outputs: Outputs;
  /** When it ended. */
  at: string;
}

export interface Drift {
  /** Error: too few cases could be scored. Fail: it has drifted. */
  verdict: 'Pass' | 'Fail' | 'Error';
  /** For people. */
  message: string;
  /** In words what answers are like that they were not at the reference. */
  shift?: string;
  /** What the next run is told; undefined where there is none yet. */
  reference?: NonNullable<EvalSchedule['reference']>;
}

type Reference = NonNullable<EvalSchedule['reference']>;

/** Chance that one run is proven worse than the reference by chance. */
const RISK = 0.01;
/** Runs, the reference included, that set the level before others are held to it. */
const FIRST_RUNS = 4;
/** After those the level follows slowly, as a mean of about so many runs: one that began lucky is put right. */
const LEVEL_RUNS = 20;
/** Were the level known: one false alarm in 7,000 runs; a fall by one deviation shows after 14 of them, by two after 5. */
const CUSUM = { slack: 0.5, limit: 7 };
/** What adds up is cut here, so that scores that are back are seen to be. */
const MOST_BELOW = CUSUM.limit + 1;
/** Share of the cases without which a run says nothing. */
const LEAST_SHARE = 0.5;

/**
 * What a run says of drift. The first run of a revision with these cases and this judge is the reference; later ones are
 * compared with it case by case, at a risk of 1 % a run. From the fifth on, the means of their differences are added up
 * (CUSUM, against the mean of those before), so that a fall that is too small for any one run shows in several. The standard
 * deviation of a run is taken to be that of as many independent answers that pass or fail: cases that stay the same vary
 * less. Runs that have drifted do not move what others are held to.
 */
export function driftOf(
  before: (Pick<EvalSchedule, 'revision'> & { reference?: Reference | undefined }) | undefined,
  run: ScheduledRun,
  tolerance: number,
): Drift {
  const scored = run.scores.filter((score) => score !== undefined);
  const reference = before?.reference;
  const same =
    before?.revision === run.revision && reference?.suite === run.suite && reference.judge === run.judge;
  const kept = same && reference !== undefined ? { reference } : {};
  if (scored.length === 0 || scored.length < LEAST_SHARE * run.scores.length) {
    const message = `only ${scored.length} of ${run.scores.length} cases could be scored`;
    return { verdict: 'Error', message, ...kept };
  }
  if (!same || reference === undefined) return begun(run, mean(scored));

  const known = unpackScores(reference.scores);
  const pairs = run.scores.flatMap((score, at) => {
    const other = known[at];
    return score === undefined || other === undefined ? [] : [{ candidate: [score], stable: [other] }];
  });
  const compared = comparePaired(pairs, { tolerance, risk: RISK });
  if (compared === undefined || pairs.length < LEAST_SHARE * run.scores.length) {
    const message = `only ${pairs.length} of ${run.scores.length} cases could be compared with the reference`;
    return { verdict: 'Error', message, reference };
  }
  const shift =
    reference.outputs === undefined ? undefined : outputShift(JSON.parse(reference.outputs), run.outputs);
  return { ...judged(reference, compared), ...(shift !== undefined && { shift }) };
}

function begun({ suite, judge, scores, outputs, at }: ScheduledRun, score: number): Drift {
  const reference = {
    suite,
    ...(judge !== undefined && { judge }),
    at,
    scores: packScores(scores),
    outputs: JSON.stringify(outputs),
    runs: 1,
    level: '0',
    below: '0',
  };
  return { verdict: 'Pass', message: `scored ${shownScore(score)}: the reference for later runs`, reference };
}

function judged(reference: Reference, compared: Paired): Drift {
  const { difference, candidate, stable, cases, worse } = compared;
  const means = `scored ${shownScore(candidate)}, ${shownScore(stable)} at the reference of ${reference.at}, over ${cases} cases`;
  if (worse) {
    return { verdict: 'Fail', message: `${means}; proven lower at a risk of ${RISK * 100}%`, reference };
  }
  const [runs, level] = [Math.min(reference.runs, LEVEL_RUNS), Number(reference.level)];
  // The level is a mean of so many runs, and as uncertain.
  const deviation = deviationOf(stable, cases) * Math.sqrt(1 + 1 / runs);
  const sums = { above: 0, below: runs < FIRST_RUNS ? 0 : Number(reference.below) };
  const added = addToCusum(sums, difference, { mean: level, deviation }, CUSUM);
  const below = runs < FIRST_RUNS ? 0 : Math.min(MOST_BELOW, added.below);
  if (shiftedTo({ above: 0, below }, CUSUM) === 'below') {
    return {
      verdict: 'Fail',
      message: `${means}; runs have fallen by ${below.toFixed(1)} standard deviations in all, ${CUSUM.limit} are allowed`,
      reference: { ...reference, below: below.toFixed(3) },
    };
  }
  const moved = level + (difference - level) / (runs < FIRST_RUNS ? runs + 1 : LEVEL_RUNS);
  const next = { runs: reference.runs + 1, level: moved.toFixed(5), below: below.toFixed(3) };
  return { verdict: 'Pass', message: means, reference: { ...reference, ...next } };
}

/** Of the mean of as many answers that pass or fail; one more of each half keeps it above 0. */
function deviationOf(score: number, cases: number): number {
  const share = (score * cases + 0.5) / (cases + 1);
  return Math.sqrt((share * (1 - share)) / cases);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
