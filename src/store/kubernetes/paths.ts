import { API_VERSION, KINDS, type Kind } from '../../api/resource.ts';

const scope = (namespace: string | undefined) =>
  namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;

/** Where a kind lives: in all namespaces, or in one. */
export const pathOfKind = (kind: Kind, namespace?: string): string =>
  `/apis/${API_VERSION}${scope(namespace)}/${KINDS[kind].plural}`;

export const pathOf = (kind: Kind, { namespace, name }: { namespace: string; name: string }): string =>
  `${pathOfKind(kind, namespace)}/${encodeURIComponent(name)}`;

export const pathOfRevisions = (namespace?: string): string =>
  `/apis/apps/v1${scope(namespace)}/controllerrevisions`;

export const pathOfCore = (plural: 'secrets' | 'configmaps', namespace: string, name: string): string =>
  `/api/v1${scope(namespace)}/${plural}/${encodeURIComponent(name)}`;

export const pathOfEvents = (namespace: string): string => `/apis/events.k8s.io/v1${scope(namespace)}/events`;

export const pathOfLeases = (namespace: string): string =>
  `/apis/coordination.k8s.io/v1${scope(namespace)}/leases`;

/** Who asks, in the words of the API server. */
export const PATH_OF_SELF_REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Whose token something is. */
export const PATH_OF_TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

export const pathOfEndpointSlices = (namespace: string): string =>
  `/apis/discovery.k8s.io/v1${scope(namespace)}/endpointslices`;
