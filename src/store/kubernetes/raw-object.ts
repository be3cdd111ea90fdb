/** An object as the API server sends it. Only what every object has is taken for granted. */
export interface RawObject {
  apiVersion?: string;
  kind?: string;
  metadata: RawMetadata;
  [field: string]: unknown;
}

export interface RawMetadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields?: { manager?: string; subresource?: string }[];
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
  creationTimestamp?: string;
  deletionTimestamp?: string;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: RawObject;
}

/**
 * Negative where resourceVersion `a` is older than `b`, positive where it is newer. They are decimal numbers of any
 * length that can be compared within one resource type (KEP-5504).
 */
export function compareVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
