import { Command, CommanderError } from 'commander';
import { messageOf } from '../lib/log.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { evalCommand } from './eval.ts';
import { evaluatorCommand } from './evaluator.ts';
import { ExitWith } from './exit-with.ts';
import { gatewayCommand } from './gateway.ts';
import { operatorCommand } from './operator.ts';
import { outliveLog, print } from './output.ts';
import { runCommand } from './run.ts';
import { simulateProviderCommand } from './simulate-provider.ts';
import { UsageError } from './usage-error.ts';
import { verbCommands } from './verbs.ts';
import { version } from './version.ts';

const HELP = `
Environment:
  SLUICE_LOG_LEVEL and others     named with each option
  SLUICE_SECRET_*                 values of Secrets where there is no cluster: see sluice run --help
  NO_COLOR                        no colours

Exit code: 0 fine, 1 failed at run time, 2 not understood; those of status, check and eval run are in their --help.

Examples:
  $ sluice run --manifests examples/quickstart     a gateway and its rollouts from a folder, no cluster
  $ sluice gateway                                 the same in a cluster, as two programs
  $ sluice operator --gateway-service sluice-system/sluice-gateway-admin
`;

/** What shells ask at each tab. Commander may not read what follows: it is a line that is not finished. */
const COMPLETE = '__complete';

/** The program with all its commands. */
export function program(): Command {
  const sluice = new Command('sluice')
    .description('Progressive delivery for LLM prompts and models.')
    .version(version(), '--version', 'print the version')
    .addHelpText('after', HELP);
  const services = [
    runCommand(),
    gatewayCommand(),
    operatorCommand(),
    evaluatorCommand(),
    simulateProviderCommand(),
  ];
  return assembled(sluice, [
    ...services,
    evalCommand(),
    ...verbCommands('sluice'),
    checkCommand(),
    completionCommand(),
  ]);
}

/** What `kubectl sluice` runs: the same verbs, and nothing that serves. */
export function kubectlPlugin(): Command {
  const plugin = new Command('kubectl sluice')
    .description('Looks at rollouts of LLM prompts and models, and takes them by the hand.')
    .version(version(), '--version', 'print the version');
  return assembled(plugin, verbCommands('kubectl sluice'));
}

function assembled(whole: Command, commands: readonly Command[]): Command {
  for (const command of commands) whole.addCommand(command);
  finish(whole);
  return whole;
}

/** Has a command and all below it end by an error, show where help is, and print as the rest does. */
function finish(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ writeOut: print })
    .showHelpAfterError(`Try: ${helpOf(command)}`);
  for (const each of command.commands) finish(each);
}

/**
 * Runs a command line (without the program's name) and gives the exit code: 0 fine, 1 failed, 2 not understood, or what
 * the command ended with.
 */
export async function runProgram(args: string[], sluice = program()): Promise<number> {
  outliveLog();
  try {
    if (args[0] === COMPLETE) {
      const { suggestions } = await import('./suggest.ts');
      print(`${(await suggestions(sluice, args.slice(1))).join('\n')}\n`);
      return 0;
    }
    await sluice.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what is wrong already, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ExitWith) return error.code;
    process.stderr.write(`error: ${messageOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function helpOf(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name());
  return [...names, '--help'].join(' ');
}
