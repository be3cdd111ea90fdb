import type { EvalWatched } from '../../api/eval-suite.ts';
import { nameOf, type ReleaseKind, type Resource } from '../../api/resource.ts';
import { watchOf } from '../../api/watch.ts';
import { type Clock, systemClock } from '../../controllers/clock.ts';
import type { TakenTraits } from '../../gateway/samples/trait-book.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import type { Store } from '../../store/store.ts';
import type { TraitSource } from '../live/samples.ts';
import { storeChanges } from '../store-changes.ts';
import type { WatchMetrics } from './watch-metrics.ts';
import { recordWatched } from './watch-record.ts';
import { afterWindow, type Serving, watchedOf, withCalls } from './window.ts';

type Suite = Resource<'EvalSuite'>;

export interface WatchOptions {
  store: Store;
  /** Where counts of calls come from. */
  traits: TraitSource;
  log?: Log;
  clock?: Clock;
  timers?: Timers;
  metrics?: WatchMetrics;
}

/** How often counts are asked for while a suite watches calls. */
const POLL_MS = 2_000;
/** How often what was counted is written into the suites where no window has ended. */
const WRITE_MS = 60_000;

/**
 * Watches what live calls are like, of the releases that `schedule.watch` of suites asks for: takes counts from the gateways,
 * compares each window with the reference of the revision that serves, and tells what has shifted. All that it knows is in
 * the suites' status, from which an evaluator that starts anew goes on. Where nobody watches, nothing is asked.
 */
export function startWatch(options: WatchOptions): { stop(): Promise<void> } {
  const { store, traits, log = silentLog, clock = systemClock, timers = systemTimers, metrics } = options;
  const ending = new AbortController();
  let known: ReadonlyMap<string, EvalWatched[]> = new Map();
  let noTraits: string | undefined;
  const changes = storeChanges(store, ending.signal);

  /** Suites that watch calls, and those that have done so; one that is broken now keeps what it knows. */
  const watching = (): Suite[] =>
    store
      .list('EvalSuite')
      .filter(({ invalid }) => invalid === undefined)
      .filter((suite) => watchOf(suite) !== undefined || suite.status.watched !== undefined);

  async function take(): Promise<TakenTraits[]> {
    try {
      const taken = await traits.takeTraits();
      noTraits = undefined;
      return taken;
    } catch (error) {
      const why = messageOf(error);
      if (noTraits !== why) log.warn({ error: why }, 'calls cannot be watched');
      noTraits = why;
      return [];
    }
  }

  /** What is known of each release that a suite watches, with what was taken. */
  function after(suite: Suite, taken: readonly TakenTraits[]): EvalWatched[] {
    const watch = watchOf(suite);
    if (watch === undefined) return [];
    const before = known.get(suite.metadata.uid) ?? suite.status.watched ?? [];
    const { namespace } = suite.metadata;
    return (suite.spec.schedule?.releases ?? []).flatMap(({ kind, name }) => {
      const release = store.get(kind, namespace, name) as Resource<ReleaseKind> | undefined;
      const revision = release?.status.stableRevision;
      if (release === undefined || revision === undefined) return [];
      const serving: Serving = { kind, name, revision };
      const mine = before.find((each) => each.kind === kind && each.name === name);
      const counted = taken
        .filter((each) => each.uid === release.metadata.uid && each.revision === revision)
        .reduce(
          (sum, { calls, traits: more }) => withCalls(sum, calls, more),
          watchedOf(mine, serving, watch, clock.now()),
        );
      return [afterWindow(counted, watch, clock.now())];
    });
  }

  async function write(suite: Suite, watched: EvalWatched[], all: boolean): Promise<void> {
    const before = suite.status.watched ?? [];
    const told = all ? (each: EvalWatched) => each : withoutCounts;
    if (canonicalJson(watched.map(told)) === canonicalJson(before.map(told))) return;
    try {
      await recordWatched(store, suite, watched, clock.now());
    } catch (error) {
      // Somebody else wrote in between, or the store is away: it is written next time.
      log.debug({ suite: nameOf(suite.metadata), error: messageOf(error) }, 'counts could not be written');
    }
  }

  async function look(all: boolean): Promise<boolean> {
    changes.take();
    const suites = watching();
    const taken = suites.some((suite) => watchOf(suite) !== undefined) ? await take() : [];
    const next = new Map<string, EvalWatched[]>();
    for (const suite of suites) next.set(suite.metadata.uid, after(suite, taken));
    known = next;
    metrics?.show(suites.map(({ metadata }) => ({ suite: metadata, watched: next.get(metadata.uid)! })));
    for (const suite of suites) await write(suite, next.get(suite.metadata.uid)!, all);
    return suites.length > 0;
  }

  async function run(): Promise<void> {
    await store.synced();
    let writtenAt = timers.now();
    while (!ending.signal.aborted) {
      const due = timers.now() - writtenAt >= WRITE_MS;
      if (due) writtenAt = timers.now();
      const some = await look(due).catch((error: unknown) => {
        log.error({ error: messageOf(error) }, 'calls could not be watched');
        return true;
      });
      await (some ? pause(POLL_MS, timers, ending.signal) : changes.next());
    }
    if (known.size > 0) await look(true);
  }
  const loop = run();

  return {
    async stop() {
      ending.abort();
      await loop.catch((error: unknown) =>
        log.warn({ error: messageOf(error) }, 'what was counted of calls last is lost'),
      );
    },
  };
}

/** What changes only when a window ends, or something else begins. */
const withoutCounts = ({ calls: _calls, counts: _counts, ...rest }: EvalWatched) => rest;
