import { compareVersions, type RawObject, type WatchEvent } from './raw-object.ts';

/** What a cache holds of one object; `value` is undefined where nothing could be made of it. */
interface Entry<T> {
  resourceVersion: string;
  value: T | undefined;
}

/** How the cached value of an object changed. */
export interface CacheChange<T> {
  before: T | undefined;
  after: T | undefined;
}

/**
 * The last known state of a kind, fed from lists, a watch and this process's own writes in whatever order they come:
 * an object never goes back to an older state, and a deleted one does not come back.
 */
export interface ObjectCache<T> {
  get(namespace: string, name: string): T | undefined;
  values(): readonly T[];
  /** The resourceVersion up to which this has followed the watch: where to go on. Empty before the first list. */
  position(): string;
  /** Takes over a list as of `version` and goes on from there. `anyAge`: also where that takes objects back. */
  replace(items: readonly RawObject[], version: string, anyAge?: boolean): void;
  /** The resourceVersion of each object held. */
  versions(): ReadonlyMap<string, string>;
  /**
   * Puts right what differs between `held`, the versions held at position `version`, and `items`, a list as of the
   * same. Returns how many objects that were: changes that the watch never told of.
   */
  repair(held: ReadonlyMap<string, string>, items: readonly RawObject[], version: string): number;
  /** What an event of the watch tells. */
  see(event: WatchEvent): void;
  /** The object as this process has just written it. */
  put(object: RawObject): void;
  /** This process has just deleted the object. */
  drop(namespace: string, name: string): void;
}

/**
 * @param read makes the value of an object; undefined leaves the object out
 * @param changed told after each change
 */
export function objectCache<T>(
  read: (raw: RawObject) => T | undefined,
  changed: (change: CacheChange<T>) => void,
): ObjectCache<T> {
  const entries = new Map<string, Entry<T>>();
  let values: T[] | undefined;
  let position = '';

  const keyOf = ({ metadata: { namespace = '', name } }: RawObject) => `${namespace}/${name}`;

  const put = (object: RawObject, anyAge = false): void => {
    const key = keyOf(object);
    const { resourceVersion } = object.metadata;
    const before = entries.get(key);
    // Not newer than what is held; or nothing is held and the watch is past it: then it has been deleted since.
    const known = before?.resourceVersion ?? position;
    if (!anyAge && compareVersions(resourceVersion, known) <= 0) return;
    set(key, { resourceVersion, value: read(object) });
  };

  const set = (key: string, entry: Entry<T> | undefined): void => {
    const before = entries.get(key)?.value;
    if (entry) entries.set(key, entry);
    else entries.delete(key);
    values = undefined;
    if (before !== undefined || entry?.value !== undefined) changed({ before, after: entry?.value });
  };

  /** Whether the object is held, and not in a state newer than `version`. */
  const isAsOf = (key: string, version: string): boolean => {
    const held = entries.get(key);
    return held !== undefined && compareVersions(held.resourceVersion, version) <= 0;
  };

  return {
    get: (namespace, name) => entries.get(`${namespace}/${name}`)?.value,
    values() {
      values ??= [...entries.values()].flatMap(({ value }) => (value === undefined ? [] : [value]));
      return values;
    },
    position: () => position,
    replace(items, version, anyAge = false) {
      const listed = new Set(items.map(keyOf));
      for (const key of [...entries.keys()]) {
        if (!listed.has(key) && (anyAge || isAsOf(key, version))) set(key, undefined);
      }
      // What is listed is there, whatever the watch has passed.
      position = '';
      for (const item of items) put(item, anyAge);
      position = version;
    },
    versions: () => new Map([...entries].map(([key, { resourceVersion }]) => [key, resourceVersion])),
    repair(held, items, version) {
      let missed = 0;
      const isUntouched = (key: string) => entries.get(key)?.resourceVersion === held.get(key);
      for (const item of items) {
        const key = keyOf(item);
        const { resourceVersion } = item.metadata;
        if (compareVersions(resourceVersion, held.get(key) ?? '') <= 0) continue;
        missed += 1;
        if (isUntouched(key)) set(key, { resourceVersion, value: read(item) });
      }
      const listed = new Set(items.map(keyOf));
      for (const [key, heldVersion] of held) {
        if (listed.has(key) || compareVersions(heldVersion, version) > 0) continue;
        missed += 1;
        if (isUntouched(key)) set(key, undefined);
      }
      return missed;
    },
    see({ type, object }) {
      const { resourceVersion } = object.metadata;
      if (type === 'DELETED') {
        if (isAsOf(keyOf(object), resourceVersion)) set(keyOf(object), undefined);
      } else if (type !== 'BOOKMARK') put(object);
      if (compareVersions(resourceVersion, position) > 0) position = resourceVersion;
    },
    put: (object) => put(object),
    drop(namespace, name) {
      if (entries.has(`${namespace}/${name}`)) set(`${namespace}/${name}`, undefined);
    },
  };
}
