import { relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parsePercent } from '../lib/percent.ts';
import { parseName } from './address.ts';
import { ExitWith } from './exit-with.ts';
import { print } from './output.ts';
import { UsageError } from './usage-error.ts';

const FORMS = ['text', 'markdown', 'json', 'junit', 'github'] as const;

interface CheckOptions {
  base?: string;
  baseFolder?: string;
  head?: string;
  namespace: string;
  maxCostIncrease: number;
  outputTokens?: number;
  callsPerDay?: number;
  cases?: string;
  measure?: boolean;
  eval?: boolean;
  maxUsd?: number;
  output: (typeof FORMS)[number];
  outputFile?: string;
}

const HELP = `
What did not change is not looked at. Tokens and cost are estimated offline unless --measure is given, on the cases of the EvalSuites that name a
release, of --cases, or of one made up from the prompt's variables. Without --output-tokens answers are taken to be as
long as the least max_tokens, else 256 tokens, and the input alone must keep to --max-cost-increase too.

--measure and --eval ask the providers of both sides, with keys from environment variables as for sluice run:
SLUICE_SECRET_<NAMESPACE>_<NAME>_<KEY>. The manifests say where those keys go: give none where the change is by strangers.

Exit code: 0 fine; 3 found a problem; 1 could not run, or what --measure or --eval ask for could not be told; 2 not
understood.

Examples:
  $ sluice check deploy --base origin/main
  $ sluice check deploy --base HEAD~1 --max-cost-increase 5% -o markdown --output-file comment.md
  $ sluice check deploy --base origin/main --measure --eval --max-usd 2
`;

/** Exit code where a problem was found. */
const FOUND = 3;
/** Exit code where what was asked for could not be told. */
const UNTOLD = 1;

/** `sluice check`: what a change of manifests breaks and costs, before it is deployed. */
export function checkCommand(): Command {
  return new Command('check')
    .description('Checks changed prompts and routes, and what their calls cost, against a base.')
    .argument('[dir]', 'folder of manifests', '.')
    .option('--base <ref>', 'branch, tag or commit to compare with, from where this one left it')
    .option('--base-folder <dir>', 'folder to compare with, instead of --base')
    .option('--head <ref>', 'commit to check; omitted: the folder as it is')
    .option('-n, --namespace <name>', 'namespace of objects that name none', parseName, 'default')
    .addOption(
      new Option('--max-cost-increase <percent>', 'how much more a call may cost')
        .argParser(percent)
        .default(0.2, '20%'),
    )
    .option('--output-tokens <n>', 'tokens of an answer', count)
    .option('--calls-per-day <n>', "calls a day of a release, to hold against its route's budget", count)
    .option('--cases <file>', 'cases for every release: JSONL, JSON, YAML or CSV')
    .option('--measure', 'ask both sides, and take what calls take instead of estimating it')
    .option('--eval', 'ask both sides the EvalSuites that name a release, and compare')
    .option('--max-usd <amount>', 'what asking may cost in all, or none for no limit', limit)
    .addOption(new Option('-o, --output <form>', 'how').choices(FORMS).default('text'))
    .option('--output-file <file>', 'where to; omitted: standard output')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(folder: string, options: CheckOptions): Promise<void> {
  const {
    base,
    baseFolder,
    head,
    cases,
    measure = false,
    eval: evaluate = false,
    maxUsd,
    output,
    outputFile,
    ...rest
  } = options;
  if ((base === undefined) === (baseFolder === undefined)) {
    throw new UsageError('give either --base REF or --base-folder DIR');
  }
  if (maxUsd !== undefined && !measure && !evaluate)
    throw new UsageError('--max-usd limits what --measure and --eval ask: give one of them too');
  const [{ check }, { gitTree }, { folderTree }, { failed, untold }] = await Promise.all([
    import('../check/check.ts'),
    import('../check/git.ts'),
    import('../check/folder-tree.ts'),
    import('../check/report.ts'),
  ]);
  const inside = relative('.', folder);
  const sides = {
    base:
      base === undefined
        ? await folderTree(baseFolder!)
        : await gitTree({ folder, ref: base, partedFrom: head ?? 'HEAD' }),
    head: head === undefined ? await folderTree(folder) : await gitTree({ folder, ref: head }),
  };
  const given = cases === undefined ? undefined : await casesIn(cases);
  const asker =
    measure || evaluate
      ? await (await import('./check-asking.ts')).openAsking({ measure, evaluate, maxUsd })
      : undefined;
  const report = await check({
    ...rest,
    ...sides,
    ...(asker && { asking: asker.asking }),
    ...(inside !== '' && { prefix: `${inside}/` }),
    ...(given && { cases: given }),
    now: new Date(),
  }).finally(asker?.close);
  const drawn = await draw(report, output, outputFile === undefined);
  if (outputFile === undefined) print(drawn);
  else {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(outputFile, drawn).catch(orSay(`--output-file ${outputFile} cannot be written`));
  }
  if (failed(report)) throw new ExitWith(FOUND);
  if (untold(report)) throw new ExitWith(UNTOLD);
}

async function draw(
  report: import('../check/report.ts').Report,
  output: CheckOptions['output'],
  toTerminal: boolean,
): Promise<string> {
  if (output === 'markdown') return (await import('../check/draw/markdown.ts')).drawMarkdown(report);
  if (output === 'text') {
    const { createColors } = (await import('picocolors')).default;
    const colors = createColors(toTerminal && Boolean(process.stdout.isTTY) && !process.env.NO_COLOR);
    return (await import('../check/draw/text.ts')).drawText(report, colors);
  }
  const { drawGithub, drawJson, drawJunit } = await import('../check/draw/machine.ts');
  return { json: drawJson, junit: drawJunit, github: drawGithub }[output](report);
}

async function casesIn(file: string) {
  const [{ readFile }, { formatOf, readCases }, { casesProblemText }] = await Promise.all([
    import('node:fs/promises'),
    import('../evals/cases/read.ts'),
    import('../evals/cases/problem.ts'),
  ]);
  const text = await readFile(file, 'utf8').catch(orSay(`--cases ${file} cannot be read`));
  const read = readCases({ source: file, text, format: formatOf(file) });
  if (read.problems) throw new UsageError(casesProblemText(read.problems[0]!));
  if (read.cases.length === 0) throw new UsageError(`--cases ${file} holds no case`);
  return read.cases;
}

/** What the system says of a path, with where it was given. */
const orSay = (what: string) => (error: NodeJS.ErrnoException) => {
  throw new Error(`${what} (${error.code}): correct the path`);
};

function percent(text: string): number {
  try {
    return parsePercent(/^[\d.]+$/.test(text) ? `${text}%` : text);
  } catch {
    throw new InvalidArgumentError('write it as 20%');
  }
}

function limit(text: string): number {
  if (text === 'none') return Number.POSITIVE_INFINITY;
  const amount = Number(text);
  if (text.trim() !== '' && amount >= 0 && Number.isFinite(amount)) return amount;
  throw new InvalidArgumentError('write an amount in USD, such as 0.50, or none.');
}

function count(text: string): number {
  if (!/^[0-9]{1,12}$/.test(text)) throw new InvalidArgumentError('write a whole number');
  return Number(text);
}
