import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios.ts';

/** What `npm run bench:decision` was asked for. */
export interface Options {
  /** Runs of each scenario whose candidate is no worse, and of each whose candidate is. */
  goodRuns: number;
  badRuns: number;
  seed: number;
  secondsPerTick: number;
  only?: string;
  json?: string;
  pictures?: string;
  docs: boolean;
}

export const USAGE = `Replays rollouts, good and bad ones, through the decision engine and through models of the rules of others.
npm run bench:decision -- [--runs N] [--quick] [--only NAME] [--seed N] [--tick SECONDS]
                          [--json FILE] [--pictures DIR] [--docs]

--runs N        runs of each scenario (4000 where the candidate is no worse, 2000 where it is)
--quick         200 and 100 runs
--only NAME     one scenario: ${SCENARIOS.map(({ name }) => name).join(', ')}
--seed N        other runs (1)
--tick SECONDS  time between two looks: 1, 2, 5 or 10 (5)
--json FILE     writes the figures
--pictures DIR  draws into a folder (docs/pictures, if all is run)
--docs          writes the tables into docs/decision.md
`;

/** @throws RangeError, TypeError where the arguments make no sense; undefined where help is asked for. */
export function optionsOf(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
      tick: { type: 'string', default: '5' },
      json: { type: 'string' },
      pictures: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick, only, json, docs } = values;
  if (only !== undefined && !SCENARIOS.some(({ name }) => name === only)) {
    throw new RangeError(
      `--only: there is no scenario ${only}; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`,
    );
  }
  if (only !== undefined && values.pictures !== undefined) {
    throw new RangeError('--pictures shows all scenarios: leave out --only');
  }
  const secondsPerTick = whole('--tick', values.tick);
  if (10 % secondsPerTick !== 0)
    throw new RangeError('--tick: 1, 2, 5 or 10, so that looks of 10 s fall on it');
  const runs = values.runs === undefined ? undefined : whole('--runs', values.runs);
  const everything = !quick && only === undefined && runs === undefined;
  const pictures = values.pictures ?? (everything ? 'docs/pictures' : undefined);
  return {
    goodRuns: runs ?? (quick ? 200 : 4_000),
    badRuns: runs ?? (quick ? 100 : 2_000),
    seed: whole('--seed', values.seed),
    secondsPerTick,
    docs,
    ...(only !== undefined && { only }),
    ...(json !== undefined && { json }),
    ...(pictures !== undefined && { pictures }),
  };
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${option} must be a whole number of at least 1, not ${text}`);
  }
  return value;
}
