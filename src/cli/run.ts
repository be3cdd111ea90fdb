import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { addCallersFileOption } from './callers.ts';
import {
  addPrometheusOptions,
  adminOption,
  folderNamespaceOption,
  listenOption,
  logLevelOption,
} from './options.ts';
import { addOtlpOptions } from './otlp.ts';
import { addRecordFileOptions } from './record-file.ts';
import type { StandaloneOptions } from './standalone.ts';
import { UsageError } from './usage-error.ts';

/** As the flags say it. The manifests are asked for here: commander would ask before it finds a mistyped flag. */
type RunOptions = Omit<StandaloneOptions, 'manifests' | 'state'> & { manifests?: string; state?: string };

const HELP = `
A Secret that a ModelProvider names is an environment variable here:
  SLUICE_SECRET_<NAMESPACE>_<NAME>_<KEY>, in upper case, every other character as "_".

Every edit of a file is an "apply". What came of it:
  <state>/status/<namespace>/<kind>/<name>.yaml    the object with its status
  <state>/events.jsonl                             what happened
"sluice status --state <state>" draws it; promote, abort and the other verbs act on it likewise.

Examples:
  $ sluice run --manifests examples/quickstart
  $ SLUICE_SECRET_SUPPORT_OPENAI_APIKEY=… sluice run --manifests deploy/ --listen :8080
`;

/** `sluice run`: the controllers and the gateway in one process, over a folder of manifests. */
export function runCommand(): Command {
  const command = new Command('run')
    .summary('serve a folder of manifests, without a cluster')
    .description(
      'Serves and rolls out what a folder of YAML says: controllers and gateway in one process, no cluster.',
    )
    .addOption(
      new Option('--manifests <dir>', 'folder of YAML and JSON files, watched with all below it').env(
        'SLUICE_MANIFESTS',
      ),
    )
    .addOption(
      new Option(
        '--state <dir>',
        'folder for status, revisions and events, of one process only (default: .state in the manifests folder)',
      ).env('SLUICE_STATE'),
    )
    .addOption(folderNamespaceOption())
    .addOption(listenOption('127.0.0.1:8080'))
    .addOption(adminOption('127.0.0.1:9090'));
  addOtlpOptions(addRecordFileOptions(addCallersFileOption(command)));
  return addPrometheusOptions(command).addOption(logLevelOption()).addHelpText('after', HELP).action(run);
}

async function run(options: RunOptions): Promise<void> {
  const { manifests } = options;
  if (manifests === undefined) throw new UsageError('say what to serve: --manifests DIR');
  const folder = await stat(manifests).catch(() => undefined);
  if (!folder?.isDirectory()) {
    throw new UsageError(`--manifests ${manifests} is no folder: give one that holds your YAML files`);
  }
  const { runStandalone } = await import('./standalone.ts');
  await runStandalone({ ...options, manifests, state: options.state ?? join(manifests, '.state') });
}
