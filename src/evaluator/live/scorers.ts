import type { EvalLive } from '../../api/eval-suite.ts';
import { nameParts, type Resource } from '../../api/resource.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { SuiteScorer } from './suite-scorer.ts';

export interface ScorersOptions {
  store: Store;
  log: Log;
  begin: (suite: Resource<'EvalSuite'>) => SuiteScorer;
}

/** A scorer for each suite that is wanted, by `namespace/name`. */
export interface Scorers {
  /** Begins those that are missing, anew where a suite has changed, and ends the others. */
  follow(wanted: ReadonlySet<string>): Promise<void>;
  get(key: string): SuiteScorer | undefined;
  /** Whether any takes more answers. */
  hasRoom(): boolean;
  /** Writes what was scored into the suites: of all, or only of those that begin or cease to have a problem. */
  write(all: boolean): Promise<void>;
  /** Ends all, and writes down what they scored. */
  stop(): Promise<void>;
}

interface Running {
  scorer: SuiteScorer;
  /** Of which spec. */
  uid: string;
  generation: number;
}

export function scorers({ store, log, begin }: ScorersOptions): Scorers {
  const running = new Map<string, Running>();
  /** What scorers that ended came to, by suite: it may be more than could be written. */
  const ended = new Map<string, EvalLive>();

  /** A suite that can score. */
  const suiteOf = (key: string): Resource<'EvalSuite'> | undefined => {
    const suite = store.get('EvalSuite', ...nameParts(key));
    return suite?.invalid === undefined && suite?.spec.live !== undefined ? suite : undefined;
  };

  const write = async (key: string, { scorer, uid }: Running, all: boolean): Promise<void> => {
    const suite = store.get('EvalSuite', ...nameParts(key));
    if (suite === undefined || suite.metadata.uid !== uid) return;
    const { live: before } = suite.status;
    const live = scorer.shown();
    if (!all && live.problem === before?.problem) return;
    if (live.scored + live.errors + live.dropped === 0 && live.problem === undefined) return;
    if (canonicalJson(live) === canonicalJson(before)) return;
    try {
      await store.writeStatus(suite, { ...suite.status, live });
    } catch (error) {
      // Somebody else wrote in between, or the store is away: it is written next time.
      log.debug({ suite: key, error: messageOf(error) }, 'what was scored could not be written');
    }
  };

  const end = async (key: string, each: Running): Promise<void> => {
    await write(key, each, true);
    await each.scorer.stop();
    ended.set(each.uid, each.scorer.shown());
    running.delete(key);
  };

  return {
    async follow(wanted) {
      for (const [key, each] of running) {
        const metadata = suiteOf(key)?.metadata;
        const same = metadata?.generation === each.generation && metadata.uid === each.uid;
        if (!same || !wanted.has(key)) await end(key, each);
      }
      for (const key of wanted) {
        const suite = suiteOf(key);
        if (suite === undefined || running.has(key)) continue;
        const { uid, generation } = suite.metadata;
        const live = ended.get(uid) ?? suite.status.live;
        const scorer = begin({ ...suite, status: { ...suite.status, ...(live && { live }) } });
        running.set(key, { scorer, uid, generation });
        log.info({ suite: key }, 'scores answers to live calls');
      }
    },
    get: (key) => running.get(key)?.scorer,
    hasRoom: () => [...running.values()].some(({ scorer }) => scorer.hasRoom()),
    async write(all) {
      for (const [key, each] of running) await write(key, each, all);
    },
    async stop() {
      for (const [key, each] of running) await end(key, each);
    },
  };
}
