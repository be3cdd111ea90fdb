import { Command } from 'commander';

const HELP = `
Examples:
  $ source <(sluice completion bash)       # for this shell; from ~/.bashrc for all

For kubectl sluice, put a program named kubectl_complete-sluice onto the PATH:
  #!/bin/sh
  exec kubectl-sluice __complete -- "$@"
`;

const BASH = `_sluice() {
  local IFS=$'\\n'
  COMPREPLY=($(sluice __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _sluice sluice
`;

/** `sluice completion`: what a shell needs to complete this program's commands and options. */
export const completionCommand = (): Command =>
  new Command('completion')
    .description('Prints what bash needs to complete commands and options.')
    .command('bash')
    .description('for bash')
    .action(() => void process.stdout.write(BASH))
    .parent!.addHelpText('after', HELP);

/** What shells call: prints what could come next, a line each. Not shown in the help. */
export function completeCommand(): Command {
  const command = new Command('__complete').argument('[words...]');
  return command.action((words: string[]) => {
    const found = completions(command.parent ?? command, words);
    if (found.length > 0) process.stdout.write(`${found.join('\n')}\n`);
  });
}

/**
 * What the last of `words`, the command line so far without the program's name, may become: a command, an option, or one
 * of an option's values. Names of releases are not looked up.
 */
export function completions(whole: Command, words: readonly string[]): string[] {
  const begun = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const fits = (text: string) => text.startsWith(begun);
  const [named] = before;
  const known = whole.commands.filter((each) => !each.name().startsWith('__'));
  if (named === undefined && !begun.startsWith('-')) return known.map((each) => each.name()).filter(fits);
  const command = named === undefined ? whole : known.find((each) => each.name() === named);
  if (command === undefined) return [];
  const options = command.createHelp().visibleOptions(command);
  const last = before.at(-1) ?? '';
  const asked = options.find(({ short, long }) => last === short || last === long);
  if (asked?.required) return (asked.argChoices ?? []).filter(fits);
  if (begun.startsWith('-')) return options.flatMap(({ long }) => (long && fits(long) ? [long] : []));
  return command.commands.map((each) => each.name()).filter(fits);
}
