import type { EvalSuiteSpec, EvalSuiteStatus } from './eval-suite.ts';
import type { ModelProviderSpec, ModelProviderStatus } from './model-provider.ts';
import type { ModelRouteSpec, RouteContent } from './model-route.ts';
import type { PromptContent, PromptReleaseSpec } from './prompt-release.ts';
import type { ReleaseStatus } from './status.ts';

export const GROUP = 'sluice.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Whether an object belongs to Sluice's group, in whatever version. */
export const isOurs = ({ apiVersion }: { apiVersion?: unknown }): boolean =>
  typeof apiVersion === 'string' && apiVersion.startsWith(`${GROUP}/`);

/** The kinds and what the API server calls them. */
export const KINDS = {
  PromptRelease: { plural: 'promptreleases', shortName: 'prel' },
  ModelRoute: { plural: 'modelroutes', shortName: 'mroute' },
  ModelProvider: { plural: 'modelproviders', shortName: 'mprov' },
  EvalSuite: { plural: 'evalsuites', shortName: 'evals' },
} as const;
export type Kind = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** Longest name of an object: with a revision's eleven characters it still fits the value of a label. */
export const MAX_NAME = 52;

/** Verbs: annotations acted on once each. `abort` comes first: it wins over every other. */
export const VERBS = ['abort', 'rollback-to', 'retry', 'promote-full', 'promote'] as const;
export type Verb = (typeof VERBS)[number];
export const verbAnnotation = (verb: Verb): string => `${GROUP}/${verb}`;

/** Annotations beside a verb's: who asked for it and why, as they say it. Read and removed together with the verb. */
export const ASKED_BY = `${GROUP}/by`;
export const ASKED_WHY = `${GROUP}/reason`;

/** Annotations beside `spec.rollout.paused`: who paused and why, as they say it. They count as long as it is paused. */
export const PAUSED_BY = `${GROUP}/paused-by`;
export const PAUSED_WHY = `${GROUP}/paused-reason`;

export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  /** Grows with every write; guards writes against lost updates. */
  resourceVersion: string;
  /** Grows with every change of the spec. */
  generation: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Field managers that own a part of the spec or metadata: how a GitOps tool is recognised. */
  managers: string[];
  creationTimestamp?: string;
  deletionTimestamp?: string;
}

/** What a store holds of one object. `spec` has passed the schema unless `invalid` says why it has not. */
export interface Resource<K extends Kind = Kind> {
  kind: K;
  metadata: Metadata;
  spec: SpecOf[K];
  status: StatusOf[K];
  /** Set where the live object does not satisfy the schema: field path and what is wrong. `spec` is then unchecked. */
  invalid?: string;
}

export interface SpecOf {
  PromptRelease: PromptReleaseSpec;
  ModelRoute: ModelRouteSpec;
  ModelProvider: ModelProviderSpec;
  EvalSuite: EvalSuiteSpec;
}

export interface StatusOf {
  PromptRelease: ReleaseStatus;
  ModelRoute: ReleaseStatus;
  ModelProvider: ModelProviderStatus;
  EvalSuite: EvalSuiteStatus;
}

/** The kinds that are rolled out. */
export const RELEASE_KINDS = ['PromptRelease', 'ModelRoute'] as const satisfies readonly Kind[];
export type ReleaseKind = (typeof RELEASE_KINDS)[number];
export const isReleaseKind = (kind: string | undefined): kind is ReleaseKind =>
  (RELEASE_KINDS as readonly (string | undefined)[]).includes(kind);

/** The kinds that the operator reconciles, and whose status it writes. */
export const OPERATOR_KINDS = [...RELEASE_KINDS, 'ModelProvider'] as const satisfies readonly Kind[];
export type OperatorKind = (typeof OPERATOR_KINDS)[number];
export const isOperatorKind = (kind: Kind): kind is OperatorKind =>
  (OPERATOR_KINDS as readonly Kind[]).includes(kind);

export interface ContentOf {
  PromptRelease: PromptContent;
  ModelRoute: RouteContent;
}

/** A kept revision: the content that a name stands for, immutable. */
export interface Revision<K extends ReleaseKind = ReleaseKind> {
  name: string;
  namespace: string;
  owner: { kind: K; name: string; uid: string };
  /** Counts up per owner, as `ControllerRevision.revision` does. */
  number: number;
  content: ContentOf[K];
}

/** `namespace/name`, how objects are named in messages and queue keys. */
export const nameOf = (object: { namespace: string; name: string }): string =>
  `${object.namespace}/${object.name}`;

/** `nameOf`, taken apart again. */
export function nameParts(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
