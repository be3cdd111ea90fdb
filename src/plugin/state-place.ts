import { userInfo } from 'node:os';
import { load } from 'js-yaml';
import { isReleaseKind, nameOf, type ReleaseKind } from '../api/resource.ts';
import { putVerb } from '../store/directory/inbox.ts';
import { isLocked } from '../store/directory/lock.ts';
import { readState } from '../store/directory/state.ts';
import { formatObject, type KeptObject } from '../store/directory/state-object.ts';
import { NothingDone, type Place, type Release, type Seen, typedName } from './place.ts';
import { shellLine } from './text.ts';

/** The releases of a state folder of `sluice run`. Only the folder's inbox is written to; specs are in the user's files. */
export function statePlace(folder: string, namespace: string, program: string): Place {
  const seen = (kept: KeptObject): Seen => ({
    release: kept.resource as Release,
    raw: load(formatObject(kept)) as object,
  });
  const isRelease = ({ resource: { kind } }: KeptObject) => isReleaseKind(kind);

  async function kept(wanted: (kept: KeptObject) => boolean): Promise<KeptObject[]> {
    const { objects } = await readState(folder);
    return objects.filter((each) => isRelease(each) && wanted(each));
  }

  const named = (kind: ReleaseKind, name: string) => async () => {
    const [found] = await kept(
      ({ resource }) => resource.kind === kind && nameOf(resource.metadata) === name,
    );
    return found;
  };

  return {
    namespace,
    command: (verb, release, ...rest) =>
      `${program} ${shellLine([verb, '--state', folder, '-n', release.metadata.namespace, typedName(release), ...rest])}`,
    idle: () =>
      isLocked(folder)
        ? undefined
        : `nobody has ${folder}: start ${shellLine(['sluice', 'run', '--state', folder])}`,
    async get(kind, inNamespace, name) {
      const found = await named(kind, `${inNamespace}/${name}`)();
      return found && seen(found);
    },
    async list(inNamespace) {
      const all = await kept(({ resource }) =>
        [undefined, resource.metadata.namespace].includes(inNamespace),
      );
      return all.map(seen);
    },
    async revisions({ metadata }) {
      const { revisions } = await readState(folder);
      return revisions.filter(({ owner }) => owner.uid === metadata.uid);
    },
    async annotate({ kind, metadata }, annotations) {
      const asked = Object.entries(annotations).filter(([, value]) => value !== '');
      if (await putVerb(folder, { kind, ...metadata }, Object.fromEntries(asked))) return;
      throw new NothingDone(`another verb waits for ${kind} ${nameOf(metadata)}: try again in a moment`);
    },
    async setPaused({ kind, metadata }, paused) {
      const found = await named(kind as ReleaseKind, nameOf(metadata))();
      throw new NothingDone(
        `specs are in your files: set spec.rollout.paused: ${paused} of ${kind} ${nameOf(metadata)} in ${found?.file ?? 'its file'}`,
      );
    },
    who: async () => {
      try {
        return userInfo().username;
      } catch {
        // In a container the user may have no name.
        return undefined;
      }
    },
    close: async () => {},
  };
}
