import { GROUP, KIND_NAMES, KINDS, OPERATOR_KINDS } from '../api/resource.ts';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** A rule of a Role or ClusterRole (`rbac.authorization.k8s.io/v1`). */
export interface Rule {
  apiGroups: readonly string[];
  resources: readonly string[];
  /** Only the objects of these names. A list, a watch and a create have no name, and cannot be held to one. */
  resourceNames?: readonly string[];
  verbs: readonly Verb[];
}

const plurals = KIND_NAMES.map((kind) => KINDS[kind].plural);
const statuses = plurals.map((plural) => `${plural}/status`);
const reconciled = OPERATOR_KINDS.map((kind) => `${KINDS[kind].plural}/status`);
const releases = [KINDS.PromptRelease.plural, KINDS.ModelRoute.plural];
const read = ['list', 'watch'] as const;

/** What the operator does in the namespaces that it looks after. */
export const OPERATOR_RULES: readonly Rule[] = [
  { apiGroups: [GROUP], resources: plurals, verbs: read },
  // Puts a spec back, and removes the annotations of verbs that it has acted on.
  { apiGroups: [GROUP], resources: releases, verbs: ['patch'] },
  { apiGroups: [GROUP], resources: reconciled, verbs: ['patch'] },
  {
    apiGroups: ['apps'],
    resources: ['controllerrevisions'],
    verbs: ['get', ...read, 'create', 'delete'],
  },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  // `spec.promptFrom` names a ConfigMap of the release's own namespace.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
];

/** What the evaluator does in the namespaces whose suites it runs: it reads, and writes what came out into the suites, and of probes into the providers. */
export const EVALUATOR_RULES: readonly Rule[] = [
  { apiGroups: [GROUP], resources: plurals, verbs: read },
  // What suites and probes of providers came to.
  {
    apiGroups: [GROUP],
    resources: [`${KINDS.EvalSuite.plural}/status`, `${KINDS.ModelProvider.plural}/status`],
    verbs: ['patch'],
  },
  // Sets the annotation of a verb where `schedule.onDrift` is Rollback.
  { apiGroups: [GROUP], resources: releases, verbs: ['patch'] },
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: read },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  // `spec.casesFrom` names ConfigMaps of the suite's own namespace.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
];

/** What whoever leads by the Lease named `lease` does in its own namespace. */
export const leaseRules = (lease: string): readonly Rule[] => [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: [lease],
    verbs: ['get', 'update'],
  },
];

/** What operator and evaluator do in their own namespace: each leads by the Lease named `lease`, and finds the others' pods. */
export const homeRules = (lease: string): readonly Rule[] => [
  ...leaseRules(lease),
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] },
];

/** What the gateway does in the namespaces that it serves: it reads. */
export const GATEWAY_RULES: readonly Rule[] = [
  { apiGroups: [GROUP], resources: plurals, verbs: read },
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: read },
];

/** What the gateway does besides where callers show tokens of ServiceAccounts: it asks whose they are. */
export const CALLER_TOKEN_RULES: readonly Rule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
];

/** What all programs may do in a namespace of users: read the providers' keys, each Secret by its name. */
export const providerKeyRules = (secrets: readonly string[]): readonly Rule[] => [
  { apiGroups: [''], resources: ['secrets'], resourceNames: secrets, verbs: ['get'] },
];

/** What whoever may view a namespace may do besides; the kinds only, for the rest Kubernetes has roles. */
export const VIEW_RULES: readonly Rule[] = [
  { apiGroups: [GROUP], resources: [...plurals, ...statuses], verbs: ['get', 'list', 'watch'] },
];

/** What whoever may edit a namespace may do besides. Status is the operator's to write. */
export const EDIT_RULES: readonly Rule[] = [
  {
    apiGroups: [GROUP],
    resources: plurals,
    verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
  },
];
