import type { ReleaseKind, Resource } from '../../api/resource.ts';
import { revisionOf } from '../../api/revision.ts';
import type { PlanInput } from '../../rollout/pass.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { ReleaseKindRules } from './kind.ts';
import { keep } from './revisions.ts';

/** What a spec asks for. */
export interface Wanted {
  asked: PlanInput['wanted'];
  /** Of a revision: whether answers are held against a schema. */
  answersHaveSchema?: boolean;
  /** Why the store did not take the revision: to be thrown once the status says so. */
  refused?: StoreError;
}

/**
 * Resolves what the spec of a release asks for, and has it kept as a revision.
 * @throws StoreError `Unavailable` where the store cannot be asked
 */
export async function wantedOf<K extends ReleaseKind>(
  rules: ReleaseKindRules<K>,
  store: Store,
  resource: Resource<K>,
): Promise<Wanted> {
  if (resource.invalid !== undefined) {
    const [field, message] = splitProblem(resource.invalid);
    return { asked: { problem: { reason: 'InvalidSpec', field, message } } };
  }
  const resolved = await rules.resolve(resource);
  if ('problem' in resolved) return { asked: resolved };
  const revision = revisionOf(rules.kind, resource.metadata.name, resolved.content);
  try {
    await keep(store, resource, revision, resolved.content);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
    // Not for good: that of an object that had the name before goes within seconds.
    const problem = { reason: 'RevisionNotKept', field: 'spec', message: error.message, pending: true };
    return { asked: { problem }, refused: error };
  }
  return { asked: { revision }, answersHaveSchema: rules.answersHaveSchema(resolved.content) };
}

/** `spec.x.y: what is wrong` in two. */
function splitProblem(invalid: string): [field: string, message: string] {
  const found = /^((?:spec|metadata|apiVersion|kind)[^\s:]*): (.*)$/s.exec(invalid);
  return found ? [found[1]!, found[2]!] : ['spec', invalid];
}
