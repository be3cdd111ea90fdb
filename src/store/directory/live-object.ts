import { randomUUID } from 'node:crypto';
import { ASKED_BY, ASKED_WHY, type Kind, type Metadata, type Resource } from '../../api/resource.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import type { ManifestObject } from './manifest-file.ts';
import type { KeptObject } from './state-object.ts';

/** A live object: what is kept of it, and where it stands in the manifests. */
export interface LiveObject extends KeptObject {
  /** What the manifests said when it was last taken over; undefined while its file is broken. */
  from?: ManifestObject;
  /** Monotonic time, in ms, since which no file speaks of it. */
  missingSince?: number;
}

export const keyOf = (kind: Kind, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

export const keyOfResource = ({ kind, metadata }: Resource): string =>
  keyOf(kind, metadata.namespace, metadata.name);

/**
 * The object after its manifest was read. A spec that fails the schema leaves the last good one in force, with `invalid`
 * set; one that never was good is shown as it is. `generation` grows with each good spec, as the API server has it.
 */
export function adopt(
  object: ManifestObject,
  before: LiveObject | undefined,
  stamp: { resourceVersion: string; now: Date },
): LiveObject {
  const { kind, namespace, name, labels, annotations, file, invalid } = object;
  const good = invalid === undefined;
  const keepsSpec = !good && before?.good === true;
  const spec = keepsSpec ? before.resource.spec : object.spec;
  const last = before?.resource.metadata;
  const [own, spent] = withoutSpent(annotations, before?.spent);
  const shown = { ...own, ...object.asked };
  const sameSpec = before !== undefined && canonicalJson(spec) === canonicalJson(before.resource.spec);
  const metadata: Metadata = {
    name,
    namespace,
    uid: last?.uid ?? randomUUID(),
    resourceVersion: stamp.resourceVersion,
    generation: last === undefined ? 1 : last.generation + (good && !sameSpec ? 1 : 0),
    labels,
    annotations: shown,
    managers: [],
    creationTimestamp: last?.creationTimestamp ?? stamp.now.toISOString(),
  };
  const status = before?.resource.status ?? {};
  const resource = { kind, metadata, spec, status, ...(!good && { invalid }) } as Resource;
  return { resource, file, good: good || keepsSpec, from: object, ...(spent && { spent }) };
}

// They say who and why beside a verb and ask for nothing: the next verb may well have the same ones.
const BESIDE_A_VERB: readonly string[] = [ASKED_BY, ASKED_WHY];

/**
 * The object once verbs in its annotations have been acted on: they stay in the user's file, and are not shown again until
 * their value there changes, or they have been gone from it. What the inbox asked for is gone from there.
 */
export function spend(live: LiveObject, names: readonly string[], resourceVersion: string): LiveObject {
  const all = live.resource.metadata.annotations;
  const isSpent = ([name]: [string, string]) =>
    names.includes(name) && !BESIDE_A_VERB.includes(name) && live.from?.asked?.[name] === undefined;
  const acted = Object.fromEntries(Object.entries(all).filter(isSpent));
  const annotations = Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
  const metadata = { ...live.resource.metadata, annotations, resourceVersion };
  return { ...live, resource: { ...live.resource, metadata }, spent: { ...live.spent, ...acted } };
}

function withoutSpent(
  annotations: Record<string, string>,
  spent: Record<string, string> = {},
): [shown: Record<string, string>, spent: Record<string, string> | undefined] {
  const isSpent = ([name, value]: [string, string]) => spent[name] === value;
  const still = Object.entries(annotations).filter(isSpent);
  const shown = Object.entries(annotations).filter((entry) => !isSpent(entry));
  return [Object.fromEntries(shown), still.length > 0 ? Object.fromEntries(still) : undefined];
}

/** The object while its file does not parse: as it was, with `invalid` set. */
export function suspend(before: LiveObject, problem: string, resourceVersion: string): LiveObject {
  const { from: _, missingSince: __, ...kept } = before;
  const metadata = { ...before.resource.metadata, resourceVersion };
  return { ...kept, resource: { ...before.resource, metadata, invalid: problem } };
}

/** Whether two states of an object differ in what the state folder keeps of it. */
export function differsOnDisk(a: LiveObject, b: LiveObject): boolean {
  return onDisk(a) !== onDisk(b);
}

/** Whether two states of an object differ in anything but the resourceVersion. */
export function differs(a: LiveObject, b: LiveObject): boolean {
  return a.resource.invalid !== b.resource.invalid || differsOnDisk(a, b);
}

function onDisk({ resource, file, good, spent }: LiveObject): string {
  const { metadata, spec, status } = resource;
  const { resourceVersion: _, ...identity } = metadata;
  return canonicalJson({ identity, spec: good ? spec : undefined, status, file, good, spent });
}
