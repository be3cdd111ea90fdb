import { type ManualTimers, manualTimers, settle } from '../../lib/manual-timers.ts';
import { ApiError } from './api-error.ts';
import { objectCache } from './cache.ts';
import type { RawObject, WatchEvent } from './raw-object.ts';
import { reflector } from './reflector.ts';
import type { Query, Transport } from './transport.ts';

const object = (name: string, version: number): RawObject => ({
  metadata: { name, namespace: 'ns', resourceVersion: String(version) },
});
const expired = () => new ApiError('Unavailable', 'too old', { status: 410 });
const refused = () => new ApiError('Unavailable', 'refused');

/** An open watch that a test feeds. */
interface OpenWatch {
  query: Query;
  send(type: WatchEvent['type'], object: RawObject): Promise<void>;
  end(error?: Error): Promise<void>;
}

/** What the reflector meets: lists are answered by `list`, watches are opened, or refused by `refuse`. */
function scene(options: { pageSize?: number } = {}) {
  const timers: ManualTimers = manualTimers();
  const lists: { at: number; query: Query }[] = [];
  const watches: OpenWatch[] = [];
  const warnings: string[] = [];
  const live = { items: [] as RawObject[], version: '10' };
  const script: { list?: (query: Query) => void; refuse?: () => Error | undefined } = {};

  const transport: Transport = {
    namespace: 'ns',
    async request({ query = {} }) {
      lists.push({ at: timers.now(), query });
      script.list?.(query);
      const from = Number(query.continue ?? 0);
      const to = from + (options.pageSize ?? 500);
      const metadata = { resourceVersion: String(query.resourceVersion ?? live.version) };
      const more = to < live.items.length ? { continue: String(to) } : {};
      return { metadata: { ...metadata, ...more }, items: live.items.slice(from, to) };
    },
    async *watch(_path, query, signal) {
      const error = script.refuse?.();
      if (error) throw error;
      const events: WatchEvent[] = [];
      let ended: { error?: Error } | undefined;
      let wake = () => {};
      const done = async (error?: Error) => {
        ended = error ? { error } : {};
        wake();
        await settle();
      };
      watches.push({
        query,
        async send(type, sent) {
          events.push({ type, object: sent });
          wake();
          await settle();
        },
        end: done,
      });
      signal.addEventListener('abort', () => void done(new Error('aborted')));
      for (;;) {
        yield* events.splice(0);
        if (ended?.error) throw ended.error;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close: async () => {},
  };

  const changes: string[] = [];
  const cache = objectCache(
    ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`,
    ({ before, after }) => changes.push(`${before ?? ''}>${after ?? ''}`),
  );
  const checked: number[] = [];
  const log = { debug() {}, info() {}, warn: (_: object, text: string) => warnings.push(text), error() {} };
  const subject = reflector({
    transport,
    path: '/apis/x',
    cache,
    timers,
    random: () => 0.5,
    checkMs: 600_000,
    onChecked: (missed) => checked.push(missed),
    log,
  });
  return { subject, timers, lists, watches, live, script, cache, changes, checked, warnings };
}

test('lists page by page, is synced, then watches from the version of the list with bookmarks', async () => {
  const { subject, live, lists, watches, cache } = scene({ pageSize: 2 });
  live.items = [object('a', 1), object('b', 2), object('c', 3)];
  subject.start();
  await subject.synced;
  await settle();
  expect(cache.values()).toEqual(['a@1', 'b@2', 'c@3']);
  expect(lists.map(({ query }) => [query.limit, query.continue])).toEqual([
    [500, undefined],
    [500, '2'],
  ]);
  expect(watches[0]!.query).toMatchObject({
    resourceVersion: '10',
    allowWatchBookmarks: true,
    timeoutSeconds: 450,
  });
  await subject.stop();
});

test('a watch that ends cleanly is taken up at once where it had come to, without a list', async () => {
  const { subject, lists, watches, timers, warnings } = scene();
  subject.start();
  await settle();
  await timers.advance(300_000);
  await watches[0]!.send('BOOKMARK', object('', 77));
  await watches[0]!.end();
  expect(watches).toHaveLength(2);
  expect(watches[1]!.query.resourceVersion).toBe('77');
  expect(lists).toHaveLength(1);
  expect(warnings).toEqual([]);
  await subject.stop();
});

test.each(['event', 'answer'])('410 as an %s: lists at once, and not in a loop', async (how) => {
  const { subject, lists, watches, timers, script, live, cache } = scene();
  subject.start();
  await settle();
  live.items = [object('missed', 15)];
  live.version = '20';
  if (how === 'answer') {
    const answers = [expired()];
    script.refuse = () => answers.pop();
    await timers.advance(5_000);
    await watches[0]!.end();
  } else {
    await watches[0]!.end(expired());
  }
  await timers.advance(0);
  expect(lists).toHaveLength(2);
  expect(cache.values()).toEqual(['missed@15']);

  script.refuse = expired;
  await watches[1]!.end(expired());
  await timers.advance(60_000);
  expect(lists.length).toBeGreaterThan(5);
  expect(lists.length).toBeLessThan(12);
  await subject.stop();
});

test('any other failure: tries again with growing pauses for ever, then goes on where it was', async () => {
  const { subject, lists, watches, timers, script } = scene();
  subject.start();
  await settle();
  let tries = 0;
  script.refuse = () => {
    tries += 1;
    return refused();
  };
  await watches[0]!.end(refused());
  await timers.advance(3_600_000);
  expect(tries).toBeGreaterThan(3_600 / 10);
  expect(tries).toBeLessThan(3_600 / 5);
  delete script.refuse;
  await timers.advance(30_000);
  expect(watches).toHaveLength(2);
  expect(watches[1]!.query.resourceVersion).toBe('10');
  expect(lists.filter(({ query }) => !query.resourceVersion)).toHaveLength(1);
  await subject.stop();
});

test('a server that ends every watch as soon as it begins is not asked in a busy loop', async () => {
  const { subject, watches, timers } = scene();
  subject.start();
  await settle();
  for (let second = 0; second < 60; second += 1) {
    await watches.at(-1)!.end();
    await timers.advance(1_000);
  }
  expect(watches.length).toBeLessThan(12);
  await subject.stop();
});

test('a list that fails is tried again, and synced comes after', async () => {
  const { subject, lists, timers, script } = scene();
  let isSynced = false;
  void subject.synced.then(() => {
    isSynced = true;
  });
  script.list = () => {
    throw refused();
  };
  subject.start();
  await timers.advance(10_000);
  expect(isSynced).toBe(false);
  expect(lists.length).toBeGreaterThan(2);
  delete script.list;
  await timers.advance(30_000);
  expect(isSynced).toBe(true);
  await subject.stop();
});

test('a check finds the change that the watch dropped, counts it and tells only of it', async () => {
  const { subject, watches, timers, live, changes, checked, lists } = scene();
  live.items = [object('a', 1), object('b', 2)];
  subject.start();
  await settle();
  // b changed at 12 and the watch does not say so; a changes at 13.
  live.items = [object('a', 13), object('b', 12)];
  await watches[0]!.send('MODIFIED', object('a', 13));
  changes.length = 0;
  await timers.advance(600_000);
  expect(lists.at(-1)!.query).toMatchObject({ resourceVersion: '13', resourceVersionMatch: 'Exact' });
  expect(checked).toEqual([1]);
  expect(changes).toEqual(['b@2>b@12']);
  await timers.advance(600_000);
  expect(checked).toEqual([1, 0]);
  await subject.stop();
});

test('a check that fails is left at that', async () => {
  const { subject, timers, script, checked, watches, warnings } = scene();
  subject.start();
  await settle();
  script.list = () => {
    throw expired();
  };
  await timers.advance(600_000);
  expect(checked).toEqual([]);
  expect(warnings).toEqual([]);
  expect(watches).toHaveLength(1);
  await subject.stop();
});

test('a stale list is asked for again; a past that stays is taken', async () => {
  const { subject, watches, timers, live, cache } = scene();
  live.items = [object('a', 9)];
  subject.start();
  await settle();
  live.items = [object('a', 3)];
  live.version = '5';
  await watches[0]!.end(expired());
  await timers.advance(500);
  expect(cache.values()).toEqual(['a@9']);
  await timers.advance(10_000);
  expect(cache.values()).toEqual(['a@3']);
  await subject.stop();
});

test('started twice, only one goes on', async () => {
  const { subject, watches, cache } = scene();
  subject.start();
  await settle();
  subject.start();
  await settle();
  await watches[0]!.send('ADDED', object('from-the-first', 11));
  await watches[1]!.send('ADDED', object('from-the-second', 12));
  expect(cache.values()).toEqual(['from-the-second@12']);
  await subject.stop();
});

test('stop is quiet and leaves nothing behind', async () => {
  const { subject, watches, timers, warnings } = scene();
  subject.start();
  await settle();
  await subject.stop();
  expect(timers.pending()).toBe(0);
  await timers.advance(3_600_000);
  expect(watches).toHaveLength(1);
  expect(warnings).toEqual([]);
});
