import { relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parsePercent } from '../lib/percent.ts';
import { parseName } from './address.ts';
import { ExitWith } from './exit-with.ts';
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
  output: (typeof FORMS)[number];
  outputFile?: string;
}

const HELP = `
What did not change is not looked at. Tokens and cost are estimated offline, on the cases of the EvalSuites that name a
release, of --cases, or of one made up from the prompt's variables. Without --output-tokens answers are taken to be as
long as the least max_tokens, else 256 tokens, and the input alone must keep to --max-cost-increase too.

Exit code: 0 fine, 1 could not run, 2 not understood, 3 found a problem.

Examples:
  $ sluice check deploy --base origin/main
  $ sluice check deploy --base HEAD~1 --max-cost-increase 5% -o markdown --output-file comment.md
`;

/** Exit code where a problem was found. */
const FOUND = 3;

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
    .addOption(new Option('-o, --output <form>', 'how').choices(FORMS).default('text'))
    .option('--output-file <file>', 'where to; omitted: standard output')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(folder: string, options: CheckOptions): Promise<void> {
  const { base, baseFolder, head, cases, output, outputFile, ...rest } = options;
  if ((base === undefined) === (baseFolder === undefined)) {
    throw new UsageError('give either --base REF or --base-folder DIR');
  }
  const [{ check }, { gitTree }, { folderTree }, { failed }] = await Promise.all([
    import('../check/check.ts'),
    import('../check/git.ts'),
    import('../check/folder-tree.ts'),
    import('../check/report.ts'),
  ]);
  const inside = relative('.', folder);
  const report = await check({
    ...rest,
    ...(inside !== '' && { prefix: `${inside}/` }),
    ...(cases !== undefined && { cases: await casesIn(cases) }),
    base:
      base === undefined
        ? await folderTree(baseFolder!)
        : await gitTree({ folder, ref: base, partedFrom: head ?? 'HEAD' }),
    head: head === undefined ? await folderTree(folder) : await gitTree({ folder, ref: head }),
    now: new Date(),
  });
  const drawn = await draw(report, output, outputFile === undefined);
  if (outputFile === undefined) process.stdout.write(drawn);
  else await (await import('node:fs/promises')).writeFile(outputFile, drawn);
  if (failed(report)) throw new ExitWith(FOUND);
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
  const read = readCases({ source: file, text: await readFile(file, 'utf8'), format: formatOf(file) });
  if (read.problems) throw new UsageError(casesProblemText(read.problems[0]!));
  if (read.cases.length === 0) throw new UsageError(`--cases ${file} holds no case`);
  return read.cases;
}

function percent(text: string): number {
  try {
    return parsePercent(/^[\d.]+$/.test(text) ? `${text}%` : text);
  } catch {
    throw new InvalidArgumentError('write it as 20%');
  }
}

function count(text: string): number {
  if (!/^[0-9]{1,12}$/.test(text)) throw new InvalidArgumentError('write a whole number');
  return Number(text);
}
