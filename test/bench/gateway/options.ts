import { parseArgs } from 'node:util';
import { STARTS } from './contestants.ts';

export const SCENARIOS = ['plain', 'sizes', 'streams', 'open', 'memory'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** What `npm run bench:gateway` was asked for. */
export interface Options {
  scenarios: readonly Scenario[];
  contestants: readonly string[];
  rounds: number;
  /** Of each round. */
  seconds: number;
  /** How many streams are open at once. */
  open: number;
  /** How long memory is watched. */
  minutes: number;
  json?: string;
  picture?: string;
}

export const USAGE = `Measures Sluice's gateway beside other proxies: one process each unless a name says more, the same answers behind, all in one run.
npm run bench:gateway -- [--only LIST] [--with LIST] [--rounds N] [--seconds N] [--open N] [--minutes N]
                         [--json FILE] [--picture FILE]

--only LIST     of ${SCENARIOS.join(', ')}; memory only where it is named (all others)
                plain: 1 KB prompts at 1, 16 and 256 connections; sizes: 1 KB to 1 MB; streams: of 20 and 200 chunks;
                open: streams open side by side; memory: after so many minutes of calls
--with LIST     of ${Object.keys(STARTS).join('; ')} (nginx, bare Node proxy, Sluice)
--rounds N      rounds, in which all take turns (3)
--seconds N     of each turn (3)
--open N        streams that are open at once (2000)
--minutes N     for memory (10)
--json FILE     writes the figures
--picture FILE  draws calls/s as SVG

Needs nginx and wrk (Debian's packages nginx-light and wrk). Portkey is installed with npm and LiteLLM with pip, into .cache.
`;

/** @throws RangeError, TypeError where the arguments make no sense; undefined where help is asked for. */
export function optionsOf(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: 'plain,sizes,streams,open' },
      with: { type: 'string', default: 'nginx,bare Node proxy,Sluice' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      open: { type: 'string', default: '2000' },
      minutes: { type: 'string', default: '10' },
      json: { type: 'string' },
      picture: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    scenarios: listed('--only', values.only, SCENARIOS),
    contestants: listed('--with', values.with, Object.keys(STARTS)),
    rounds: whole('--rounds', values.rounds),
    seconds: whole('--seconds', values.seconds),
    open: whole('--open', values.open),
    minutes: whole('--minutes', values.minutes),
    ...(values.json !== undefined && { json: values.json }),
    ...(values.picture !== undefined && { picture: values.picture }),
  };
}

/** Reads a list by commas, which names may have within: "Sluice, 2 workers". */
function listed<T extends string>(flag: string, text: string, known: readonly T[]): T[] {
  const pieces = text.split(',').map((piece) => piece.trim());
  const found: T[] = [];
  const named = (name: string) => known.find((each) => each.toLowerCase() === name.toLowerCase());
  for (let at = 0; at < pieces.length; at++) {
    const whole = named(`${pieces[at]}, ${pieces[at + 1]}`);
    const name = whole ?? named(pieces[at]!);
    if (name === undefined)
      throw new RangeError(`${flag}: there is no ${pieces[at]}; there are ${known.join('; ')}`);
    if (whole !== undefined) at++;
    found.push(name);
  }
  return found;
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${flag}: ${text} is no whole number from 1 on`);
  return value;
}
