import { Argument, Command } from 'commander';
import { print } from './output.ts';

const HELP = `
Examples:
  $ source <(sluice completion bash)                                       in ~/.bashrc
  $ source <(sluice completion zsh)                                        in ~/.zshrc, after compinit
  $ sluice completion fish > ~/.config/fish/completions/sluice.fish

For kubectl sluice, have a program named kubectl_complete-sluice on the PATH (the package brings it):
  #!/bin/sh
  exec kubectl-sluice __complete "$@"
`;

const BASH = `_sluice() {
  local line directive=4
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $directive in
    0) compopt -o default ;;
    16) compopt -o dirnames ;;
  esac
}
complete -F _sluice sluice`;

const ZSH = `#compdef sluice
_sluice() {
  local line directive=4
  local -a offered
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :*) directive=\${line#:} ;;
      *) offered+=("\${\${line//:/\\\\:}/$'\\t'/:}") ;;
    esac
  done
  case $directive in
    0) _files ;;
    16) _files -/ ;;
    *) _describe sluice offered ;;
  esac
}
compdef _sluice sluice`;

const FISH = `function __sluice_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (sluice __complete $words[2..] 2>/dev/null)
        string match -q ':*' -- $line; or echo $line
    end
end
complete -c sluice -f -a '(__sluice_complete)'
complete -c sluice -l kubeconfig -r -F
complete -c sluice -l state -x -a '(__fish_complete_directories)'`;

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;

/** Prints what makes a shell complete `sluice`: it asks `sluice __complete` at each tab. */
export const completionCommand = (): Command =>
  new Command('completion')
    .description('Prints what makes a shell complete commands, options, releases and revisions.')
    .addArgument(new Argument('<shell>', 'which').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', HELP)
    .action((shell: keyof typeof SCRIPTS) => print(`${SCRIPTS[shell]}\n`));
