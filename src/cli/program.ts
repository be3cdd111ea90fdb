import { Command, CommanderError } from 'commander';
import { messageOf } from '../lib/log.ts';
import { gatewayCommand } from './gateway.ts';
import { operatorCommand } from './operator.ts';
import { runCommand } from './run.ts';
import { simulateProviderCommand } from './simulate-provider.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

const HELP = `
Environment:
  SLUICE_LOG_LEVEL and others     named with each option
  SLUICE_SECRET_*                 values of Secrets where there is no cluster: see sluice run --help
  NO_COLOR                        no colours

Exit code: 0 fine, 1 failed at run time, 2 not understood.

Examples:
  $ sluice run --manifests examples/quickstart     a gateway and its rollouts from a folder, no cluster
  $ sluice gateway                                 the same in a cluster, as two programs
  $ sluice operator --gateway-service sluice-system/sluice-gateway
`;

/** The program with all its commands. */
export function program(): Command {
  const sluice = new Command('sluice')
    .description('Progressive delivery for LLM prompts and models.')
    .version(version(), '--version', 'print the version')
    .addHelpText('after', HELP);
  for (const command of [runCommand(), gatewayCommand(), operatorCommand(), simulateProviderCommand()]) {
    sluice.addCommand(command);
  }
  for (const command of [sluice, ...sluice.commands]) {
    command.exitOverride().showHelpAfterError(`Try: ${helpOf(command)}`);
  }
  return sluice;
}

/** Runs a command line (without the program's name) and gives the exit code: 0 fine, 1 failed, 2 not understood. */
export async function runProgram(args: string[], sluice = program()): Promise<number> {
  try {
    await sluice.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what is wrong already, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`error: ${messageOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

const helpOf = (command: Command): string => `${command.parent ? 'sluice ' : ''}${command.name()} --help`;
