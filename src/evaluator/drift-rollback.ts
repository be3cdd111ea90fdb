import type { EvalSchedule } from '../api/eval-suite.ts';
import { ASKED_BY, ASKED_WHY, type ReleaseKind, type Resource, verbAnnotation } from '../api/resource.ts';
import { promotedBefore } from '../rollout/status.ts';
import { type Store, StoreError } from '../store/store.ts';

/** Most letters of a reason that a verb is given. */
const MOST_REASON = 256;

/**
 * Asks, as a person would, to have the revision serve again that was promoted before the one that has drifted. Says what was
 * done; a verb that waits already goes first.
 * @throws StoreError where it could not be asked for, and may be later
 */
export async function askForRollback(
  store: Store,
  suite: Resource<'EvalSuite'>,
  release: Resource<ReleaseKind>,
  { revision, message }: EvalSchedule,
): Promise<string> {
  const { stableRevision } = release.status;
  if (stableRevision !== revision) return 'another revision serves by now';
  const to = revisionBefore(release);
  if (to === undefined) return 'no revision is known that was promoted before it';
  try {
    await store.annotate(release, {
      [verbAnnotation('rollback-to')]: to,
      [ASKED_BY]: `EvalSuite ${suite.metadata.name}`,
      [ASKED_WHY]: [...`drifted: ${message}`].slice(0, MOST_REASON).join(''),
    });
    return `${to} is asked for`;
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'Conflict')) throw error;
    return `${to} is not asked for: ${error.message}`;
  }
}

/** The revision promoted before the one that serves, and not kept out since. */
function revisionBefore({ status }: Resource<ReleaseKind>): string | undefined {
  const { quarantined = [] } = status;
  return promotedBefore(status)?.find((each) => !quarantined.some(({ revision }) => revision === each));
}
