import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Job } from './decision/job.ts';
import { writeDocs } from './decision/markdown.ts';
import { type Options, optionsOf, USAGE } from './decision/options.ts';
import { draw } from './decision/pictures/draw.ts';
import { playAll } from './decision/pool.ts';
import { contenders } from './decision/rules.ts';
import { SCENARIOS } from './decision/scenarios.ts';
import { type Result, summarise } from './decision/summary.ts';
import { textOf } from './decision/text.ts';

/** Runs that a thread plays before it says so. */
const RUNS_PER_JOB = 250;

try {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) process.stdout.write(USAGE);
  else await run(options);
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function run(options: Options): Promise<void> {
  const began = Date.now();
  const results = await measure(options);
  process.stdout.write(`Seed ${options.seed}, a look every ${options.secondsPerTick} s.\n${textOf(results)}`);
  if (options.json !== undefined) await writeFile(options.json, jsonOf(options, results));
  if (options.docs) await writeDocs('docs/decision.md', results, options.seed);
  if (options.pictures !== undefined) await draw(options.pictures, results, options);
  process.stdout.write(`\nTook ${Math.round((Date.now() - began) / 1000)} s.\n`);
}

async function measure({ only, goodRuns, badRuns, seed, secondsPerTick }: Options): Promise<Result[]> {
  const matches = SCENARIOS.filter(({ name }) => only === undefined || name === only).flatMap((scenario) =>
    contenders(scenario).map((contender) => ({ scenario, contender })),
  );
  const jobs = matches.flatMap(({ scenario, contender }): Job[] => {
    const runs = scenario.worse ? badRuns : goodRuns;
    return Array.from({ length: Math.ceil(runs / RUNS_PER_JOB) }, (_, part) => ({
      scenario: scenario.name,
      rule: contender.rule.name,
      seed,
      secondsPerTick,
      from: part * RUNS_PER_JOB,
      to: Math.min(runs, (part + 1) * RUNS_PER_JOB),
    }));
  });
  const courses = await playAll(jobs, availableParallelism(), (done) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r${done} of ${jobs.length}${done === jobs.length ? '\n' : ''}`);
  });
  return matches.map(({ scenario, contender }) => {
    const own = jobs.flatMap((job, at) =>
      job.scenario === scenario.name && job.rule === contender.rule.name ? courses[at]! : [],
    );
    return summarise(scenario, contender, own);
  });
}

function jsonOf({ seed, secondsPerTick }: Options, results: readonly Result[]): string {
  const rows = results.map(({ scenario, contender, courses, rolledBack, badAnswers, calls, seconds }) => ({
    scenario: scenario.name,
    rule: contender.rule.name,
    runs: courses.length,
    rolledBack,
    medians: { badAnswers, calls, seconds: Number.isFinite(seconds) ? seconds : null },
  }));
  return `${JSON.stringify({ seed, secondsPerTick, results: rows }, null, 2)}\n`;
}
