import type { Command, Option } from 'commander';
import type { PlaceOptions } from './place.ts';

/** What the shell offers beside the suggestions, by the numbers that cobra, and so kubectl, has for it. */
export const DIRECTIVE = { files: 0, nothingElse: 4, folders: 16 } as const;
export type Directive = (typeof DIRECTIVE)[keyof typeof DIRECTIVE];

/** What may stand where the cursor is. */
export interface Expected {
  /** Words that are known without looking anywhere, each with what it means. */
  words: readonly { text: string; meaning: string }[];
  /** What is to be looked up besides: releases, their namespaces, or the revisions of the one that is named. */
  lookUp?: { what: 'releases' } | { what: 'namespaces' } | { what: 'revisions'; of: string };
  directive: Directive;
  /** The word that is being written, without `prefix`. */
  typed: string;
  /** What stands before a value in the same word: `--to=`. */
  prefix: string;
  /** Where to look things up, as the words before say it. */
  place: PlaceOptions & { allNamespaces?: boolean };
}

interface Read {
  command: Command;
  positionals: string[];
  place: Record<string, string | boolean>;
  /** The option whose value comes next. */
  open?: Option;
}

/**
 * What may stand at the end of a command line, by the commands' own description of themselves.
 * @param words what was written after the program's name; the last is the one that is being written, or empty
 */
export function expectedAt(root: Command, words: readonly string[]): Expected {
  // Bash hands `--to=x` over as three words.
  const whole = words.filter((word, at) => word !== '=' || at === words.length - 1);
  const last = whole.at(-1) ?? '';
  const read = readWords(root, whole.slice(0, -1));
  const written = /^(--[^=]+=)(.*)$/s.exec(last);
  const open = read.open ?? (written ? optionOf(read.command, written[1]!.slice(0, -1)) : undefined);
  const [prefix, typed] = read.open || !written ? ['', last === '=' ? '' : last] : [written[1]!, written[2]!];
  const found = open
    ? afterOption(open, read)
    : last.startsWith('-')
      ? optionsOf(read.command)
      : wordAfter(read);
  return { ...found, typed, prefix, place: read.place };
}

function readWords(root: Command, words: readonly string[]): Read {
  const read: Read = { command: root, positionals: [], place: {} };
  for (const word of words) {
    if (read.open !== undefined) {
      read.place[read.open.attributeName()] = word;
      delete read.open;
      continue;
    }
    const [flag = '', ...rest] = word.split('=');
    const option = word.startsWith('-') ? optionOf(read.command, flag) : undefined;
    if (option?.required && rest.length === 0) read.open = option;
    else if (option) read.place[option.attributeName()] = option.required ? rest.join('=') : true;
    else if (!word.startsWith('-')) {
      const command = read.command.commands.find((each) => each.name() === word);
      if (command && read.positionals.length === 0) read.command = command;
      else read.positionals.push(word);
    }
  }
  return read;
}

const optionOf = (command: Command, flag: string): Option | undefined =>
  command.options.find(({ short, long }) => [short, long].includes(flag));

type Found = Pick<Expected, 'words' | 'lookUp' | 'directive'>;

function afterOption(option: Option, { positionals }: Read): Found {
  const words = meaning(option.argChoices ?? []);
  if (option.attributeName() === 'to') return { words, ...revisionsOf(positionals) };
  const { folders, files, nothingElse } = DIRECTIVE;
  if (option.attributeName() === 'namespace')
    return { words, lookUp: { what: 'namespaces' }, directive: nothingElse };
  const directive = /<dir>/.test(option.flags) ? folders : /<file>/.test(option.flags) ? files : nothingElse;
  return { words, directive };
}

function optionsOf(command: Command): Found {
  const help = command.createHelp();
  const words = help
    .visibleOptions(command)
    .map((option) => ({ text: option.long ?? option.flags, meaning: option.description }));
  return { words, directive: DIRECTIVE.nothingElse };
}

function wordAfter({ command, positionals }: Read): Found {
  const directive = DIRECTIVE.nothingElse;
  if (command.commands.length > 0) {
    if (positionals.length > 0) return { words: [], directive };
    const all = command.createHelp().visibleCommands(command);
    // Commander offers help of its own, which below the program itself says what --help does.
    const commands = command.parent === null ? all : all.filter((each) => each.name() !== 'help');
    return {
      words: commands.map((each) => ({ text: each.name(), meaning: each.summary() || each.description() })),
      directive,
    };
  }
  const argument = command.registeredArguments[positionals.length];
  if (argument === undefined) return { words: [], directive };
  const words = meaning(argument.argChoices ?? []);
  if (argument.name() === 'name') return { words, lookUp: { what: 'releases' }, directive };
  if (argument.name() === 'dir') return { words, directive: DIRECTIVE.folders };
  if (argument.name() === 'rev') return { words, ...revisionsOf(positionals) };
  if (['from', 'to'].includes(argument.name())) {
    return { words: meaning(['stable', 'candidate']), ...revisionsOf(positionals) };
  }
  return { words, directive };
}

const revisionsOf = ([name]: readonly string[]): Pick<Found, 'lookUp' | 'directive'> => ({
  ...(name !== undefined && { lookUp: { what: 'revisions', of: name } as const }),
  directive: DIRECTIVE.nothingElse,
});

const meaning = (texts: readonly string[]) => texts.map((text) => ({ text, meaning: '' }));
