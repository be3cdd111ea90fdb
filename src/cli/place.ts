import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../lib/log.ts';
import { find, parseWanted } from '../plugin/find.ts';
import type { Place, Seen } from '../plugin/place.ts';
import { parseName } from './address.ts';
import type { ClusterOptions } from './cluster.ts';
import { addClusterOptions } from './options.ts';
import { UsageError } from './usage-error.ts';

/** Where a command looks, as its options say it. */
export interface PlaceOptions extends ClusterOptions {
  namespace?: string;
  state?: string;
}

/** What the argument that names a release may be. */
export const NAME = 'NAME, prel/NAME or mroute/NAME';

/** Which release is meant, in which cluster or state folder. */
export function addPlaceOptions(command: Command): Command {
  return addClusterOptions(command)
    .option('-n, --namespace <name>', "namespace; omitted: the context's own, else default", parseName)
    .option('--state <dir>', 'state folder of sluice run, instead of a cluster');
}

/**
 * Opens the place that the options name, hands it to `work`, and closes it.
 * @throws UsageError where the state folder is none.
 */
export async function atPlace<T>(
  program: string,
  options: PlaceOptions,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const place = await open(program, options);
  try {
    return await work(place);
  } finally {
    await place.close();
  }
}

async function open(program: string, { namespace, state, ...cluster }: PlaceOptions): Promise<Place> {
  if (state !== undefined) {
    const { statePlace } = await import('../plugin/state-place.ts');
    const folder = await stat(state).catch(() => undefined);
    if (folder?.isDirectory()) return statePlace(state, namespace ?? 'default', program);
    throw new UsageError(`--state ${state} is no folder: give the one of sluice run --state`);
  }
  const [{ connectAs }, { clusterPlace }] = await Promise.all([
    import('./cluster.ts'),
    import('../plugin/cluster-place.ts'),
  ]);
  const { transport, user } = await connectAs(cluster);
  const same = ['kubeconfig', 'context'] as const;
  const flags = same.flatMap((name) => (cluster[name] === undefined ? [] : [`--${name}`, cluster[name]]));
  return clusterPlace({
    transport: namespace === undefined ? transport : { ...transport, namespace },
    program,
    flags,
    ...(user !== undefined && { user }),
  });
}

/**
 * The release that `name` means, there.
 * @throws UsageError where it is no name, NothingDone where there is no such release.
 */
export function findAt(place: Place, name: string): Promise<Seen> {
  try {
    return find(place, parseWanted(name));
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(messageOf(error));
    throw error;
  }
}
