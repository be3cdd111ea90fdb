import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { messageOf } from '../lib/log.ts';
import { parseName } from './address.ts';
import { ExitWith } from './exit-with.ts';
import { print } from './output.ts';

interface ImportOptions {
  output?: string;
  name?: string;
  namespace?: string;
  route: string;
  strict?: boolean;
}

const HELP = `
Taken over: prompts that are text or chats, tests (inline, and in CSV, YAML, JSON and JSONL files), defaultTest, and every
assertion that there is here too. Code is not. What is left out is listed on standard error; exit code 0 all the same, or 1
with --strict, and then nothing is written.

Examples:
  $ sluice eval import promptfooconfig.yaml > tickets.yaml
  $ sluice eval import promptfooconfig.yaml --name tickets -n support --route fast-chat -o deploy/tickets.yaml --strict
`;

/** `sluice eval import`: an EvalSuite of a promptfoo config. */
export function evalImportCommand(): Command {
  return new Command('import')
    .description('Makes an EvalSuite, and PromptReleases, of a promptfoo config. Runs none of its code.')
    .argument('<config>', 'promptfooconfig.yaml, or .json')
    .option('-o, --output <file>', 'where the manifests go (default: standard output)')
    .option('--name <name>', 'of the suite (default: that of the folder)', parseName)
    .option('-n, --namespace <name>', 'namespace of what is made (default: none is written)', parseName)
    .option('--route <name>', 'ModelRoute that prompts are put on', parseName, 'default')
    .option('--strict', 'fail where something cannot be taken over')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(config: string, options: ImportOptions): Promise<void> {
  const [{ importPromptfoo }, { asName, importedManifests }] = await Promise.all([
    import('../evals/import/promptfoo.ts'),
    import('../evals/import/manifests.ts'),
  ]);
  const folder = dirname(resolve(config));
  const text = await readFile(config, 'utf8').catch((error: unknown) => {
    throw new Error(`${config} cannot be read: ${messageOf(error)}`);
  });
  let imported: ReturnType<typeof importPromptfoo>;
  try {
    imported = importPromptfoo(text, (path) => textBeside(folder, path));
  } catch (error) {
    throw new Error(`${config} ${messageOf(error)}`);
  }
  const { leftOut, cases, prompts } = imported;
  if (leftOut.length > 0) {
    const list = leftOut.map((each) => `  ${each}\n`).join('');
    process.stderr.write(`not taken over:\n${list}`);
    if (options.strict) throw new ExitWith(1);
  }
  const name = options.name ?? asName(basename(folder)) ?? 'imported';
  const made = importedManifests(imported, { name, namespace: options.namespace, route: options.route });
  if (options.output === undefined) print(made);
  else await writeFile(options.output, made);
  const released =
    prompts.length === 0 ? '' : `, ${prompts.length} PromptRelease on ModelRoute ${options.route}`;
  process.stderr.write(
    `EvalSuite ${name}: ${cases.length} case${cases.length === 1 ? '' : 's'}${released}\n`,
  );
}

/** The text of a file that a config names; undefined where it cannot be read. */
function textBeside(folder: string, path: string): string | undefined {
  try {
    return readFileSync(resolve(folder, path), 'utf8');
  } catch {
    return undefined;
  }
}
