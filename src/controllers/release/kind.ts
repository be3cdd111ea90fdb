import type { ConditionNow } from '../../api/conditions.ts';
import type { ContentOf, ReleaseKind, Resource } from '../../api/resource.ts';
import type { Problem } from '../../rollout/pass.ts';

/** What the controller of a release needs to know of its kind. */
export interface ReleaseKindRules<K extends ReleaseKind> {
  kind: K;
  /**
   * The content that the spec asks for, everything it refers to looked up, or why it cannot be served.
   * @throws where something could not be looked at: the pass is tried again.
   */
  resolve(resource: Resource<K>): Promise<{ content: ContentOf[K] } | { problem: Problem }>;
  /** The top-level fields of a spec that make `content`; undefined where the spec refers to them elsewhere. */
  specFields(resource: Resource<K>, content: ContentOf[K]): Record<string, unknown> | undefined;
  /** Whether answers are held against a schema, so that a guardrail on it says anything. */
  answersHaveSchema(content: ContentOf[K]): boolean;
  /** When to resolve again though nothing was seen to change, in ms: for what is not watched. */
  recheckMs?(resource: Resource<K>, now: Date): number | undefined;
  /** Conditions that are there only while there is something to warn of. */
  warnings?(resource: Resource<K>, now: Date): ConditionNow[];
}
