import { Command } from 'commander';
import { evalImportCommand } from './eval-import.ts';
import { evalRunCommand } from './eval-run.ts';

/** `sluice eval`: suites of questions, asked where there is no cluster. */
export function evalCommand(): Command {
  return new Command('eval')
    .summary('ask a suite of questions, or take one over from promptfoo')
    .description(
      'Asks a suite of questions and holds the answers against it, or takes one over from promptfoo.',
    )
    .addCommand(evalRunCommand())
    .addCommand(evalImportCommand());
}
