import { KINDS, RELEASE_KINDS, type ReleaseKind } from '../api/resource.ts';
import { NothingDone, type Place, type Seen } from './place.ts';

/** What `NAME` on a command line means; without a kind, the first of these that is there. */
export interface Wanted {
  kinds: readonly ReleaseKind[];
  name: string;
}

/**
 * Reads `triage`, `prel/triage` or `modelroute/fast`.
 * @throws RangeError for anything else.
 */
export function parseWanted(text: string): Wanted {
  const [first = '', second, ...more] = text.split('/');
  const name = second ?? first;
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || more.length > 0) {
    throw new RangeError(`"${text}" is no name: write NAME, prel/NAME or mroute/NAME`);
  }
  if (second === undefined) return { kinds: RELEASE_KINDS, name };
  const said = first.toLowerCase().replace(/\.sluice\.dev$/, '');
  const kind = RELEASE_KINDS.find((each) => namesOf(each).includes(said));
  if (kind === undefined) throw new RangeError(`"${first}" is no kind of release: write prel or mroute`);
  return { kinds: [kind], name };
}

function namesOf(kind: ReleaseKind): string[] {
  const { plural, shortName } = KINDS[kind];
  return [kind.toLowerCase(), plural, shortName];
}

/**
 * The release that is meant.
 * @throws NothingDone where there is none.
 */
export async function find(
  place: Place,
  { kinds, name }: Wanted,
  namespace = place.namespace,
): Promise<Seen> {
  for (const kind of kinds) {
    const seen = await place.get(kind, namespace, name);
    if (seen !== undefined) return seen;
  }
  throw new NothingDone(
    `no ${kinds.join(' or ')} ${namespace}/${name}: check the name and -n; "status -A" lists all`,
  );
}
