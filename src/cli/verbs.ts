import { Command, InvalidArgumentError, Option } from 'commander';
import type { Verb } from '../api/resource.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Release } from '../plugin/place.ts';
import { lookCommands } from './look.ts';
import { print } from './output.ts';
import { addPlaceOptions, atPlace, findAt, NAME, type PlaceOptions } from './place.ts';

interface WaitOptions extends PlaceOptions {
  /** False with `--no-wait`. */
  wait: boolean;
  timeout: number;
}

interface AskOptions extends WaitOptions {
  reason?: string;
  full?: boolean;
  to?: string;
}

/** What a verb's command line says: its options, and the revision beside the name. */
type Said = AskOptions & { rev?: string };

/** Which annotation a command sets, and the revision that it is about. */
interface AskedFor {
  verb: (said: Said) => Verb;
  revision: (verbs: typeof import('../plugin/verbs.ts'), release: Release, said: Said) => string;
}

/** The commands for people: what looks and what acts. `program` is how they are called. */
export function verbCommands(program: string): Command[] {
  const asking = (command: Command, asked: AskedFor) => askingCommand(program, command, asked);
  const candidate: AskedFor['revision'] = (verbs, release) => verbs.candidateOf(release);
  return [
    ...lookCommands(program),
    asking(
      new Command('promote')
        .description('Lets the candidate go to the next step now.')
        .argument('<name>', NAME)
        .option('--full', 'to 100 % at once'),
      { verb: ({ full }) => (full ? 'promote-full' : 'promote'), revision: candidate },
    ),
    asking(
      new Command('abort')
        .description('Takes the candidate back: stable serves all calls.')
        .argument('<name>', NAME),
      { verb: () => 'abort', revision: candidate },
    ),
    asking(
      new Command('retry')
        .description('Lets a revision that was taken back in again.')
        .argument('<name>', NAME)
        .argument('[rev]', 'revision; omitted: the one taken back last'),
      { verb: () => 'retry', revision: (verbs, release, { rev }) => rev ?? verbs.revisionToRetry(release) },
    ),
    asking(
      new Command('rollback')
        .description('Serves an earlier revision at once.')
        .argument('<name>', NAME)
        .option('--to <rev>', 'revision to serve; omitted: the one promoted before the present one'),
      {
        verb: () => 'rollback-to',
        revision: (verbs, release, { to }) => to ?? verbs.revisionBefore(release),
      },
    ),
    pauseCommand(program, 'pause', 'Holds the rollout where it is: spec.rollout.paused.', true),
    pauseCommand(program, 'resume', 'Lets a paused rollout go on.', false),
  ];
}

function askingCommand(program: string, command: Command, { verb, revision }: AskedFor): Command {
  return withWait(addPlaceOptions(command))
    .option('--reason <text>', 'why; kept in the status, and told in Events')
    .action(async () => {
      const [name = '', rev] = command.args;
      const options = command.opts<AskOptions>();
      const said = { ...options, ...(rev !== undefined && { rev }) };
      const verbs = await import('../plugin/verbs.ts');
      await atPlace(program, options, async (place) => {
        const { release } = await findAt(place, name);
        const { reason } = options;
        const asked = { verb: verb(said), revision: revision(verbs, release, said), waitMs: waitOf(options) };
        printLine(await verbs.ask(place, release, { ...asked, ...(reason !== undefined && { reason }) }));
      });
    });
}

function pauseCommand(program: string, name: string, text: string, paused: boolean): Command {
  const command = new Command(name).description(text).argument('<name>', NAME);
  if (paused) command.option('--reason <text>', 'why; kept beside it, and told in the status');
  return withWait(addPlaceOptions(command)).action(async (wanted: string, options: AskOptions) => {
    const [{ setPaused }, { ownedByGitOps }] = await Promise.all([
      import('../plugin/verbs.ts'),
      import('../api/ownership.ts'),
    ]);
    await atPlace(program, options, async (place) => {
      const { release } = await findAt(place, wanted);
      if (ownedByGitOps(release.metadata)) {
        process.stderr.write(
          `warning: Argo CD or Flux applies ${wanted}, and may set spec.rollout.paused back: set it in git too\n`,
        );
      }
      printLine(await setPaused(place, release, paused, waitOf(options), options.reason));
    });
  });
}

const withWait = (command: Command): Command =>
  command
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for what comes of it')
        .argParser(parseTime)
        .default(30_000, '30s'),
    )
    .option('--no-wait', 'do not wait');

const waitOf = ({ wait, timeout }: WaitOptions): number => (wait ? timeout : 0);

function parseTime(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('write it as 30s or 2m.');
  }
}

/** One line of a result. */
const printLine = (text: string): void => print(`${text}\n`);
