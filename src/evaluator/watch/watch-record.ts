import type { EvalWatched } from '../../api/eval-suite.ts';
import type { ReleaseKind, Resource } from '../../api/resource.ts';
import type { Store } from '../../store/store.ts';
import { TRAIT_GROUPS } from '../../traits/counts.ts';
import { withDriftConditions } from '../drift-conditions.ts';
import { cut } from '../kept-run.ts';

/** What each group of traits is told as. */
const TOLD = {
  inputs: { reason: 'InputsShifted', what: (of: string) => `what callers ask of ${of} has changed` },
  answers: { reason: 'OutputsShifted', what: (of: string) => `the answers of ${of} to calls have changed` },
  feedback: { reason: 'OutputsShifted', what: (of: string) => `feedback on ${of} has changed` },
};

/**
 * Writes what is known of watched calls into a suite, with its conditions; what has begun to be unlike is told on the suite and
 * on the release.
 * @throws StoreError as `Store.writeStatus`: then nothing is told.
 */
export async function recordWatched(
  store: Store,
  suite: Resource<'EvalSuite'>,
  watched: EvalWatched[],
  now: Date,
): Promise<void> {
  const { status, metadata } = suite;
  const { watched: before = [], ...rest } = status;
  const { schedules } = status;
  const conditions = withDriftConditions(suite, { schedules, watched }, now);
  await store.writeStatus(suite, { ...rest, ...(watched.length > 0 && { watched }), conditions });

  for (const { kind, name, revision, shifts = {} } of watched) {
    const then = before.find(
      (each) => each.kind === kind && each.name === name && each.revision === revision,
    );
    const release = store.get(kind, metadata.namespace, name) as Resource<ReleaseKind> | undefined;
    for (const group of TRAIT_GROUPS) {
      if (shifts[group] === undefined || then?.shifts?.[group] !== undefined) continue;
      const { reason, what } = TOLD[group];
      const message = cut(`${what(revision)} by EvalSuite ${metadata.name}: ${shifts[group]}`);
      for (const object of [suite, ...(release === undefined ? [] : [release])]) {
        const { namespace, name: of, uid } = object.metadata;
        store.note({ kind: object.kind, namespace, name: of, uid, type: 'Warning', reason, message });
      }
    }
  }
}
