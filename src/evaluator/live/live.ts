import { randomUUID } from 'node:crypto';
import type { EvidenceReading } from '../../api/evidence.ts';
import { nameOf, nameParts, RELEASE_KINDS, type Resource } from '../../api/resource.ts';
import { type Clock, systemClock } from '../../controllers/clock.ts';
import type { RetryOptions } from '../../gateway/retrying.ts';
import type { Sample, SampledRevision } from '../../gateway/samples/sample.ts';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import { parsePercent } from '../../lib/percent.ts';
import { pause as pauseFor, systemTimers, type Timers } from '../../lib/timers.ts';
import type { Store } from '../../store/store.ts';
import { storeChanges } from '../store-changes.ts';
import type { LiveMetrics } from './live-metrics.ts';
import type { SampleSource } from './samples.ts';
import { scoreBook } from './score-book.ts';
import { scorers } from './scorers.ts';
import { suiteScorer } from './suite-scorer.ts';
import { suitesWanted, type Wanted, wantedScores } from './wanted.ts';

export interface LiveOptions extends RetryOptions {
  store: Store;
  /** Where sampled answers come from. */
  samples: SampleSource;
  /** Name of this evaluator, stable over its restarts. */
  replica: string;
  log?: Log;
  clock?: Clock;
  timers?: Timers;
  metrics?: LiveMetrics;
}

export interface Live {
  /** What was scored of the releases named, or of all. */
  evidence(uids?: readonly string[]): EvidenceReading;
  /** Breaks off what is scored, and writes down what was. */
  stop(): Promise<void>;
}

/** How often samples are asked for while somebody wants scores. */
const POLL_MS = 500;
/** How often what was scored is written into the suites, at most. */
const WRITE_MS = 30_000;

/**
 * Scores answers to live calls while releases whose guardrails name suites are rolled out: takes samples from the gateways,
 * has each suite score its share, and counts the scores as a gateway counts calls. Where nobody wants any, nothing is asked.
 */
export function startLive(options: LiveOptions): Live {
  const { store, samples, replica, log = silentLog, clock = systemClock, timers = systemTimers } = options;
  const { metrics, retries, pause } = options;
  const startId = randomUUID();
  const book = scoreBook();
  const ending = new AbortController();
  let wanted: ReadonlyMap<string, Wanted> = new Map();
  let noSamples: string | undefined;
  const changes = storeChanges(store, ending.signal);

  const suites = scorers({
    store,
    log,
    begin: (suite) =>
      suiteScorer({
        source: store,
        suite,
        now: clock.now,
        log,
        ...(retries !== undefined && { retries }),
        ...(pause && { pause }),
        onScore({ revisions }, keys, score) {
          for (const revision of revisions) book.add(revision, keys, score);
        },
        onCount: (what) => metrics?.counted(suite.metadata, what),
        onSpent: (usd) => metrics?.spent(suite.metadata, usd),
      }),
  });

  /** Hands a sample to each suite whose share it is of. */
  function hand(sample: Sample): void {
    const bySuite = new Map<string, SampledRevision[]>();
    for (const revision of sample.revisions) {
      const { release, suites: named = [] } = wanted.get(revision.uid) ?? {};
      // What was drawn for another rollout nobody asks for any more.
      if (release?.status.attempt !== revision.attempt) continue;
      for (const name of named) {
        const key = nameOf({ namespace: revision.namespace, name });
        bySuite.set(key, [...(bySuite.get(key) ?? []), revision]);
      }
    }
    for (const [key, revisions] of bySuite) {
      const share = store.get('EvalSuite', ...nameParts(key))?.spec.live?.share;
      if (share === undefined || sample.place >= parsePercent(share)) continue;
      suites.get(key)?.add({ sample, revisions });
    }
  }

  /** Takes what waits at the gateways. What nobody here has room for is left there, until it is dropped there. */
  async function take(): Promise<void> {
    if (!suites.hasRoom()) return;
    try {
      const taken = await samples.take();
      noSamples = undefined;
      for (const sample of taken) hand(sample);
    } catch (error) {
      const why = `answers cannot be sampled: ${messageOf(error)}`;
      if (noSamples !== why) log.warn({ error: why }, 'live scores wait');
      noSamples = why;
    }
  }

  async function follow(): Promise<void> {
    wanted = wantedScores(store);
    const there = (uid: string) =>
      RELEASE_KINDS.some((kind) =>
        (store.list(kind) as readonly Resource[]).some(({ metadata }) => metadata.uid === uid),
      );
    book.forget((uid) => !wanted.has(uid) && !there(uid));
    await suites.follow(suitesWanted(wanted));
  }

  async function look(writeAll: boolean): Promise<void> {
    if (changes.take()) await follow();
    if (wanted.size > 0) await take();
    await suites.write(writeAll);
  }

  async function run(): Promise<void> {
    await store.synced();
    let writtenAt = timers.now();
    while (!ending.signal.aborted) {
      const due = timers.now() - writtenAt >= WRITE_MS;
      if (due) writtenAt = timers.now();
      await look(due).catch((error: unknown) => log.error({ error: messageOf(error) }, 'live scores failed'));
      await (wanted.size > 0 ? pauseFor(POLL_MS, timers, ending.signal) : changes.next());
    }
  }
  const loop = run();

  const problemsOf = (uid: string): Record<string, string> => {
    const { release, suites: named = [] } = wanted.get(uid) ?? {};
    const found: Record<string, string> = {};
    for (const name of named) {
      const { namespace } = release!.metadata;
      const problem = noSamples ?? suites.get(nameOf({ namespace, name }))?.problem();
      if (problem !== undefined) found[name] = problem.slice(0, 1_000);
    }
    return found;
  };

  return {
    evidence(uids = []) {
      const asked = uids.length > 0 ? uids : new Set([...wanted.keys(), ...book.uids()]);
      const releases = [...asked].map((uid) => {
        const problems = problemsOf(uid);
        const some = Object.keys(problems).length > 0;
        return { uid, cells: book.cells(uid), ...(some && { problems }) };
      });
      return { replica, startId, releases };
    },
    async stop() {
      ending.abort();
      await loop;
      await suites.stop();
    },
  };
}
