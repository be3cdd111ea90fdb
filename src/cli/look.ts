import { Command, Option } from 'commander';
import type { Seen } from '../plugin/place.ts';
import type { Colors } from '../plugin/text.ts';
import { ExitWith } from './exit-with.ts';
import { print } from './output.ts';
import { addPlaceOptions, atPlace, findAt, NAME, type PlaceOptions } from './place.ts';
import { UsageError } from './usage-error.ts';

interface StatusOptions extends PlaceOptions {
  watch?: boolean;
  allNamespaces?: boolean;
}

interface GetOptions extends PlaceOptions {
  output?: 'json' | 'yaml' | 'wide';
  allNamespaces?: boolean;
}

const STATUS_HELP = `
Signs of guardrails: ✔ no worse than stable, ✘ fails, ? not known yet, – no data.

Exit code, of one release: 0 healthy, promoted or under way; 3 rolled back; 4 paused, waits for a person; 1 error, or
what the spec asks for cannot be served; 2 not understood. --watch ends with 0, 1, 3 or 4 when the rollout does.
`;

/** The commands that look and change nothing. */
export function lookCommands(program: string): Command[] {
  const status = addPlaceOptions(
    new Command('status')
      .description('Draws where a release stands, or all of them.')
      .argument('[name]', NAME),
  )
    .option('-A, --all-namespaces', 'releases of all namespaces')
    .option('-w, --watch', 'until the rollout ends')
    .addHelpText('after', `${STATUS_HELP}\nExamples:\n  $ ${program} status support-triage --watch\n`)
    .action((name: string | undefined, options: StatusOptions) => showStatus(program, name, options));

  const get = addPlaceOptions(
    new Command('get').description('Lists releases and routes, or shows one.').argument('[name]', NAME),
  )
    .option('-A, --all-namespaces', 'releases of all namespaces')
    .addOption(new Option('-o, --output <form>', 'how').choices(['json', 'yaml', 'wide']))
    .action((name: string | undefined, options: GetOptions) => showList(program, name, options));

  const history = addPlaceOptions(
    new Command('history')
      .description('Lists the rollouts that ended, and the revisions that are kept.')
      .argument('<name>', NAME),
  ).action(async (name: string, options: PlaceOptions) => {
    const { drawHistory } = await import('../plugin/history.ts');
    await atPlace(program, options, async (place) => {
      const { release } = await findAt(place, name);
      printLines(drawHistory(release, await place.revisions(release), new Date()));
    });
  });

  const diff = addPlaceOptions(
    new Command('diff')
      .description('Shows what changed from one revision to another.')
      .argument('<name>', NAME)
      .argument('<from>', 'revision, the end of its name, stable or candidate')
      .argument('<to>', 'likewise'),
  ).action(async (name: string, from: string, to: string, options: PlaceOptions) => {
    const { drawDiff, revisionNamed } = await import('../plugin/diff.ts');
    await atPlace(program, options, async (place) => {
      const { release } = await findAt(place, name);
      const kept = await place.revisions(release);
      const [before, after] = [revisionNamed(from, release, kept), revisionNamed(to, release, kept)];
      printLines(drawDiff(before, after, await colorsOf(process.stdout)));
    });
  });
  return [status, get, history, diff];
}

async function showStatus(program: string, name: string | undefined, options: StatusOptions): Promise<void> {
  if (name === undefined && options.watch) throw new UsageError('--watch follows one release: name it');
  if (name !== undefined && options.allNamespaces) throw new UsageError('give NAME or -A, not both');
  const [{ drawStatus }, { watchRelease }, { exitCodeOf }, { drawReleases }] = await Promise.all([
    import('../plugin/draw-status.ts'),
    import('../plugin/watch.ts'),
    import('../plugin/exit-code.ts'),
    import('../plugin/table.ts'),
  ]);
  const colors = await colorsOf(process.stdout);
  const code = await atPlace(program, options, async (place) => {
    if (name === undefined) {
      const namespace = options.allNamespaces ? undefined : place.namespace;
      const releases = (await place.list(namespace)).map(({ release }) => release);
      if (releases.length === 0) process.stderr.write(`no releases${where(namespace)}\n`);
      else printLines(drawReleases(releases, new Date(), namespace === undefined));
      return 0;
    }
    const first = await findAt(place, name);
    const { kind, metadata } = first.release;
    const draw = (release: Seen['release']) =>
      drawStatus({
        release,
        now: new Date(),
        colors,
        undo: (revision) =>
          place.command('retry', release, ...(revision === release.status.rollback?.from ? [] : [revision])),
      });
    if (!options.watch) {
      printLines(draw(first.release));
      return exitCodeOf(first.release);
    }
    const screen = {
      write: print,
      isTTY: process.stdout.isTTY,
      get rows() {
        return process.stdout.rows;
      },
    };
    const look = async () => (await findAt(place, `${kind}/${metadata.name}`)).release;
    return exitCodeOf(await watchRelease({ look, draw, screen }));
  });
  if (code !== 0) throw new ExitWith(code);
}

async function showList(program: string, name: string | undefined, options: GetOptions): Promise<void> {
  const { output, allNamespaces } = options;
  if (name !== undefined && allNamespaces) throw new UsageError('give NAME or -A, not both');
  await atPlace(program, options, async (place) => {
    const namespace = allNamespaces ? undefined : place.namespace;
    const seen = name === undefined ? await place.list(namespace) : [await findAt(place, name)];
    if (output === 'json' || output === 'yaml') {
      const list = { apiVersion: 'v1', kind: 'List', items: seen.map(({ raw }) => raw) };
      const shown = name === undefined ? list : seen[0]!.raw;
      if (output === 'json') printLines([JSON.stringify(shown, null, 2)]);
      else printLines([(await import('js-yaml')).dump(shown, { noRefs: true, lineWidth: -1 }).trimEnd()]);
      return;
    }
    if (seen.length === 0) {
      process.stderr.write(`no releases${where(namespace)}\n`);
      return;
    }
    const { drawGet } = await import('../plugin/table.ts');
    const releases = seen.map(({ release }) => release);
    printLines(drawGet(releases, new Date(), output === 'wide', namespace === undefined));
  });
}

const where = (namespace: string | undefined): string =>
  namespace === undefined ? ' in any namespace' : ` in namespace ${namespace}`;

/** Colours where a person looks on and has not turned them off. */
async function colorsOf(stream: { isTTY?: boolean }): Promise<Colors> {
  const { createColors } = (await import('picocolors')).default;
  return createColors(Boolean(stream.isTTY) && !process.env.NO_COLOR);
}

const printLines = (lines: readonly string[]): void => print(`${lines.join('\n')}\n`);
