import { stat } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { EvalFolderOptions } from './eval-folder.ts';
import { ExitWith } from './exit-with.ts';
import { folderNamespaceOption, logLevelOption } from './options.ts';
import { UsageError } from './usage-error.ts';

/** As the flags say it. The manifests are asked for here: commander would ask before it finds a mistyped flag. */
type EvalRunOptions = Omit<EvalFolderOptions, 'manifests' | 'suite'> & { manifests?: string };

const HELP = `
The revision that the release's manifest makes is asked. --against asks another one the same, and compares both on the
same cases as spec.gate of the suite says: a difference counts where it is proven.

Keys are environment variables, as for sluice run: SLUICE_SECRET_<NAMESPACE>_<NAME>_<KEY>.

Exit code: 0 passed; 3 answers failed; 1 it could not be told, since questions could not be asked or judged; 2 not
understood. Alone, a run fails where an answer did, or where the mean score is below spec.gate.minScore if that is given.

Examples:
  $ sluice eval run tickets --manifests deploy/
  $ sluice eval run tickets --manifests deploy/ --release prel/support-triage --against stable --max-usd 0.50
  $ sluice eval run tickets --manifests deploy/ -o junit > tickets.xml
`;

/** `sluice eval run`: a suite of a folder of manifests, asked with no cluster. */
export function evalRunCommand(): Command {
  return new Command('run')
    .description('Asks a suite of a folder of manifests and says how the answers were. Needs no cluster.')
    .argument('<suite>', 'NAME, or NAMESPACE/NAME')
    .addOption(
      new Option('--manifests <dir>', 'folder of YAML and JSON files, read with all below it').env(
        'SLUICE_MANIFESTS',
      ),
    )
    .addOption(
      new Option(
        '--state <dir>',
        'state folder of sluice run, for --against (default: .state in the manifests folder)',
      ).env('SLUICE_STATE'),
    )
    .addOption(folderNamespaceOption())
    .option(
      '--release <kind/name>',
      'what is asked: prel/NAME or mroute/NAME; omitted: the only PromptRelease',
    )
    .option('--against <rev>', 'a kept revision to compare with, or stable')
    .option('--max-usd <amount>', 'what it may cost, in place of spec.limits.maxUSD', parseUSD)
    .addOption(new Option('-o, --output <form>', 'how').choices(['text', 'json', 'junit']).default('text'))
    .addOption(logLevelOption().default('warn'))
    .addHelpText('after', HELP)
    .action(run);
}

async function run(suite: string, options: EvalRunOptions): Promise<void> {
  const { manifests } = options;
  if (manifests === undefined) throw new UsageError('say where the suite is: --manifests DIR');
  const folder = await stat(manifests).catch(() => undefined);
  if (!folder?.isDirectory())
    throw new UsageError(`--manifests ${manifests} is no folder: give one that holds your YAML files`);
  const { evalFolder } = await import('./eval-folder.ts');
  const code = await evalFolder({ ...options, suite, manifests });
  if (code !== 0) throw new ExitWith(code);
}

function parseUSD(text: string): number {
  const amount = Number(text);
  if (text.trim() !== '' && amount >= 0 && Number.isFinite(amount)) return amount;
  throw new InvalidArgumentError('write an amount in USD, such as 0.50.');
}
