import fc from 'fast-check';
import { objectCache } from './cache.ts';
import type { RawObject, WatchEvent } from './raw-object.ts';

const object = (name: string, version: number): RawObject => ({
  metadata: { name, namespace: 'ns', resourceVersion: String(version) },
});
const event = (type: WatchEvent['type'], name: string, version: number): WatchEvent => ({
  type,
  object: object(name, version),
});

function cacheOfVersions() {
  const changes: [string | undefined, string | undefined][] = [];
  const cache = objectCache(
    ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`,
    ({ before, after }) => changes.push([before, after]),
  );
  return { cache, changes };
}

test('what is listed and watched is told once each', () => {
  const { cache, changes } = cacheOfVersions();
  cache.replace([object('a', 1), object('b', 2)], '9');
  cache.see(event('MODIFIED', 'a', 10));
  cache.see(event('MODIFIED', 'a', 10));
  cache.see(event('DELETED', 'b', 11));
  cache.see(event('BOOKMARK', '', 40));
  expect(changes).toEqual([
    [undefined, 'a@1'],
    [undefined, 'b@2'],
    ['a@1', 'a@10'],
    ['b@2', undefined],
  ]);
  expect(cache.values()).toEqual(['a@10']);
  expect(cache.position()).toBe('40');
});

test('a second list tells only of what differs', () => {
  const { cache, changes } = cacheOfVersions();
  cache.replace([object('a', 1), object('b', 2), object('c', 3)], '9');
  changes.length = 0;
  cache.replace([object('a', 1), object('b', 10)], '12');
  expect(changes).toEqual([
    ['c@3', undefined],
    ['b@2', 'b@10'],
  ]);
});

test('an own write is there at once and is not undone by events and lists from before it', () => {
  const { cache } = cacheOfVersions();
  cache.replace([object('a', 1)], '5');
  cache.put(object('a', 8));
  cache.put(object('new', 9));
  cache.see(event('MODIFIED', 'a', 7));
  cache.replace([object('a', 7)], '7');
  expect([...cache.values()].sort()).toEqual(['a@8', 'new@9']);
});

test('an answer that comes after the object was deleted does not bring it back', () => {
  const { cache } = cacheOfVersions();
  cache.replace([object('a', 1)], '5');
  cache.see(event('MODIFIED', 'a', 8));
  cache.see(event('DELETED', 'a', 9));
  cache.put(object('a', 8));
  cache.see(event('MODIFIED', 'a', 8));
  expect(cache.values()).toEqual([]);
});

test('a late deletion does not remove the object that was made anew', () => {
  const { cache } = cacheOfVersions();
  cache.replace([object('a', 1)], '5');
  cache.put(object('a', 10));
  cache.see(event('DELETED', 'a', 8));
  expect(cache.values()).toEqual(['a@10']);
});

test('repair counts what the watch missed, and nothing that was written or seen since', () => {
  const { cache, changes } = cacheOfVersions();
  cache.replace([object('same', 1), object('changed', 2), object('gone', 3), object('busy', 4)], '9');
  cache.put(object('own', 12));
  const held = cache.versions();
  cache.see(event('MODIFIED', 'busy', 15));
  changes.length = 0;
  // busy@6 was missed, but what came after it is held by now.
  const asOf9 = [object('same', 1), object('changed', 7), object('fresh', 8), object('busy', 6)];
  expect(cache.repair(held, asOf9, '9')).toBe(4);
  expect(cache.get('ns', 'busy')).toBe('busy@15');
  expect(changes).toEqual([
    ['changed@2', 'changed@7'],
    [undefined, 'fresh@8'],
    ['gone@3', undefined],
  ]);
});

test('a past that was restored from a backup is taken only when asked', () => {
  const { cache } = cacheOfVersions();
  cache.replace([object('a', 100), object('b', 101)], '110');
  cache.replace([object('a', 50)], '60');
  expect([...cache.values()].sort()).toEqual(['a@100', 'b@101']);
  cache.replace([object('a', 50)], '60', true);
  expect(cache.values()).toEqual(['a@50']);
  expect(cache.position()).toBe('60');
});

test('an object nothing can be made of is held without a value, and told to nobody', () => {
  const changes: unknown[] = [];
  const cache = objectCache<string>(
    () => undefined,
    (change) => changes.push(change),
  );
  cache.replace([object('a', 1)], '5');
  expect(cache.values()).toEqual([]);
  expect(cache.repair(cache.versions(), [object('a', 1)], '5')).toBe(0);
  expect(changes).toEqual([]);
});

test('any mix of own writes, doubled events and lists ends in what is there', () => {
  // Steps of a history: which of three objects is written or deleted.
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    isDelete: fc.boolean(),
    isOwn: fc.boolean(),
  });
  const noise = fc.record({ at: fc.nat(40), kind: fc.constantFrom('double', 'list', 'lateAnswer') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.array(noise, { maxLength: 10 }), (steps, noises) => {
      const { cache } = cacheOfVersions();
      cache.replace([], '1');
      const live = new Map<string, RawObject>();
      const events: { event: WatchEvent; own: boolean; after: RawObject[] }[] = [];
      let version = 1;
      for (const { name, isDelete, isOwn } of steps) {
        if (isDelete && !live.has(name)) continue;
        version += 1;
        const type = isDelete ? 'DELETED' : live.has(name) ? 'MODIFIED' : 'ADDED';
        if (isDelete) live.delete(name);
        else live.set(name, object(name, version));
        events.push({
          event: event(type, name, version),
          own: isOwn && !isDelete,
          after: [...live.values()],
        });
      }
      for (const [index, { event, own, after }] of events.entries()) {
        if (own) cache.put(event.object);
        cache.see(event);
        for (const { kind } of noises.filter(({ at }) => at === index)) {
          const before = events[Math.max(0, index - 2)]!;
          if (kind === 'double') cache.see(before.event);
          else if (kind === 'list') cache.replace(after, event.object.metadata.resourceVersion);
          else if (before.own) cache.put(before.event.object);
        }
      }
      const expected = [...live.values()].map(
        ({ metadata: { name, resourceVersion } }) => `${name}@${resourceVersion}`,
      );
      expect([...cache.values()].sort()).toEqual(expected.sort());
    }),
  );
});
