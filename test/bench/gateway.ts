import { writeFile } from 'node:fs/promises';
import { type Contestant, startContestant, startUpstreams } from './gateway/contestants.ts';
import { directly, memoryOver, openStreams, type Row, turns, warmUp } from './gateway/measure.ts';
import { type Options, optionsOf, USAGE } from './gateway/options.ts';
import { draw } from './gateway/picture.ts';
import { stopAll } from './gateway/processes.ts';
import { medians, tables } from './gateway/tables.ts';

const tell = (line: string) => process.stderr.write(`${line}\n`);

async function measure(options: Options): Promise<Row[]> {
  const upstreams = await startUpstreams();
  const direct = directly(upstreams);
  const contestants: Contestant[] = [];
  for (const name of options.contestants) {
    tell(`starting ${name}`);
    contestants.push(await startContestant(name, upstreams));
  }
  const streaming = contestants.filter(({ name, noStreams }) => {
    if (noStreams !== undefined) tell(`${name} is left out where streams are measured: ${noStreams}`);
    return noStreams === undefined;
  });
  if (options.scenarios.includes('streams'))
    for (const contestant of streaming) {
      tell(`streams: warming up ${contestant.name}`);
      await warmUp(contestant);
    }
  const rows: Row[] = [];
  for (const { scenario, setting, turn } of turns(options, direct)) {
    const those = scenario === 'streams' ? streaming : contestants;
    const seen = those.map((): Record<string, number>[] => []);
    const out = new Set<Contestant>();
    // The first round warms up.
    for (let round = 0; round <= options.rounds; round++) {
      tell(`${scenario}, ${setting}: ${round === 0 ? 'warming up' : `round ${round} of ${options.rounds}`}`);
      for (const [at, contestant] of those.entries()) {
        if (out.has(contestant)) continue;
        try {
          const figures = await turn(contestant);
          if (round > 0) seen[at]!.push(figures);
        } catch (error) {
          // What one cannot do is no reason to lose what was measured of the others.
          tell(`${contestant.name} is left out here: ${(error as Error).message}`);
          out.add(contestant);
        }
      }
    }
    for (const [at, contestant] of those.entries()) {
      if (out.has(contestant)) continue;
      rows.push({ scenario, setting, name: contestant.name, figures: medians(seen[at]!) });
    }
  }
  if (options.scenarios.includes('open'))
    for (const contestant of streaming) {
      tell(`open: ${contestant.name}`);
      try {
        const figures = await openStreams(contestant, options.open);
        rows.push({ scenario: 'open', setting: `${options.open} streams`, name: contestant.name, figures });
      } catch (error) {
        tell(`${contestant.name} is left out: ${(error as Error).message}`);
      }
    }
  if (options.scenarios.includes('memory'))
    for (const contestant of contestants) {
      const told = (minute: number) =>
        tell(`memory: ${contestant.name}, minute ${minute} of ${options.minutes}`);
      const figures = await memoryOver(contestant, options.minutes, told);
      rows.push({
        scenario: 'memory',
        setting: `${options.minutes} minutes`,
        name: contestant.name,
        figures,
      });
    }
  return rows;
}

let options: Options | undefined;
try {
  options = optionsOf(process.argv.slice(2));
} catch (error) {
  tell(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
if (options === undefined) process.stdout.write(USAGE);
else
  try {
    const rows = await measure(options);
    process.stdout.write(`${tables(rows)}\n`);
    const { rounds, seconds, json, picture } = options;
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ rounds, seconds, rows }, null, 2)}\n`);
    if (picture !== undefined) await writeFile(picture, draw(rows));
  } finally {
    stopAll();
  }
