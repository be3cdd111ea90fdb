import type { EvalRun } from '../api/eval-suite.ts';
import { nameOf, nameParts, type Resource } from '../api/resource.ts';
import type { Clock } from '../controllers/clock.ts';
import type { RetryOptions } from '../gateway/retrying.ts';
import { backoffMs } from '../lib/backoff.ts';
import { canonicalJson } from '../lib/canonical.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import { evaluate } from './evaluate.ts';
import {
  heldRuns,
  isWanted,
  keyOf,
  runOf,
  type WantedRun,
  wantedOf,
  wantedRuns,
  withGateRun,
} from './gate-run.ts';
import { MOST_OF_EACH } from './kept-run.ts';
import { loadCases } from './load-cases.ts';
import { restOf, type SuiteState, suiteStatus } from './suite-status.ts';
import { whileWanted } from './while-wanted.ts';

export interface SuiteReconcilerOptions extends RetryOptions {
  store: Store;
  clock: Clock;
  log: Log;
  /** Breaks off what is under way. */
  signal?: AbortSignal;
}

/** ConfigMaps are not watched: how soon cases that were missing are seen, in ms. */
const MISSING_RECHECK_MS = 30_000;
/** How soon a run is made again that the status had no room for, where there may be some by then, in ms. */
const FULL_RECHECK_MS = 10_000;
const FULL = `what it said is kept for ${MOST_OF_EACH} releases that still wait: others are asked anew once one goes on`;
/** Between two tries of a run that could not be told. */
const BACKOFF = { baseMs: 5_000, maxMs: 600_000 };

/** A run that has ended, of which generation of the suite, and whether by what it may cost. */
interface Ended {
  run: EvalRun;
  generation: number;
  limitReached: boolean;
}

/**
 * One pass over one EvalSuite: asks what releases wait for, one run a pass, and writes what came out into its status, where
 * the releases find it. A run that could not be told is tried again after a growing delay, or, where its limit ended it,
 * once the suite is another. At rest nothing is asked or written.
 */
export function suiteReconciler(options: SuiteReconcilerOptions) {
  const { store, clock, log } = options;
  /** Runs that have ended and are not written yet, so that a write that fails does not cost another run. */
  const unwritten = new Map<string, Ended>();
  /** How often in a row a run could not be told, and when it may be tried again by the clock that cannot jump. */
  const errors = new Map<string, { times: number; againAt: number; generation: number }>();
  /** Runs that said something for good and had no room in the status while their releases still went by them. */
  const pushedOut = new Set<string>();
  const againAt = (suite: Resource<'EvalSuite'>, wanted: WantedRun): number => {
    const last = errors.get(idOf(suite, wanted));
    return last?.generation === suite.metadata.generation ? last.againAt : 0;
  };

  return async (key: string): Promise<{ requeueAfterMs?: number }> => {
    const suite = store.get('EvalSuite', ...nameParts(key));
    if (suite === undefined || suite.metadata.deletionTimestamp !== undefined) return {};
    const all = wantedRuns(store, suite);
    const problem = await problemOf(suite, all.length > 0);
    if (problem !== undefined) {
      await write(suite, problem);
      return problem.reason === 'InvalidCases' ? { requeueAfterMs: MISSING_RECHECK_MS } : {};
    }
    forgetOthers(suite, all);
    const now = clock.monotonic();
    // One that was pushed out would push out another, which would then be made again, and so on.
    const isFull = heldRuns(store, suite).length >= MOST_OF_EACH;
    const kept = isFull ? all.filter((wanted) => !pushedOut.has(idOf(suite, wanted))) : all;
    const due = kept.find((wanted) => againAt(suite, wanted) <= now);
    if (due !== undefined) {
      await perform(suite, due);
      return { requeueAfterMs: 0 };
    }
    if (kept.length < all.length) {
      await write(suite, { reason: 'Waiting', message: FULL });
      return { requeueAfterMs: FULL_RECHECK_MS };
    }
    const again = Math.min(...all.map((wanted) => againAt(suite, wanted)));
    const never = again === Number.POSITIVE_INFINITY;
    await write(suite, restOf(all.length, suite.status, never));
    return never ? {} : { requeueAfterMs: Math.max(0, again - now) };
  };

  /** A suite that only scores live calls needs no cases, as long as no release waits for it. */
  async function problemOf(
    suite: Resource<'EvalSuite'>,
    isWaitedFor: boolean,
  ): Promise<(SuiteState & { stalled: true }) | undefined> {
    if (suite.invalid !== undefined) return { reason: 'InvalidSpec', message: suite.invalid, stalled: true };
    const { cases, casesFrom } = suite.spec;
    if (cases === undefined && casesFrom === undefined && !isWaitedFor) return undefined;
    const loaded = await loadCases(store, suite);
    if ('cases' in loaded) return undefined;
    return { reason: 'InvalidCases', message: loaded.problems.join('; '), stalled: true };
  }

  async function perform(suite: Resource<'EvalSuite'>, wanted: WantedRun): Promise<void> {
    const id = idOf(suite, wanted);
    const { generation } = suite.metadata;
    const kept = unwritten.get(id);
    // What could not be written because the suite was changed is about another suite.
    const ended = kept?.generation === generation ? kept : await ask(suite, wanted);
    if (ended === undefined) return void unwritten.delete(id);
    const { run, limitReached } = ended;
    unwritten.set(id, ended);
    const live = store.get('EvalSuite', suite.metadata.namespace, suite.metadata.name);
    if (live === undefined || live.metadata.uid !== suite.metadata.uid) return void unwritten.delete(id);
    const held = heldRuns(store, live);
    const runs = withGateRun(live.status.runs, run, held);
    await write(live, restOf(run.verdict === 'Error' ? 1 : 0, { runs }, limitReached), runs);
    unwritten.delete(id);
    pushedOut.delete(id);
    for (const each of held.filter((known) => !runs.includes(known))) {
      const lost = wantedOf(each);
      if (lost !== undefined) pushedOut.add(idOf(live, lost));
    }
    if (run.verdict === 'Error') {
      const times = (errors.get(id)?.times ?? 0) + 1;
      const waitMs = limitReached ? Number.POSITIVE_INFINITY : backoffMs(times, BACKOFF);
      errors.set(id, { times, againAt: clock.monotonic() + waitMs, generation });
    }
    note(live, run);
  }

  /** Undefined where nobody wants to know any more, or the suite has changed meanwhile. */
  async function ask(suite: Resource<'EvalSuite'>, wanted: WantedRun): Promise<Ended | undefined> {
    const { namespace, name, generation } = suite.metadata;
    const { kind, candidate, stable } = wanted;
    await write(suite, {
      reason: 'Running',
      message: `asks ${candidate} and ${stable} of ${kind} ${wanted.name}`,
    });
    const follow = whileWanted(() => isWanted(store, suite, wanted), options.signal);
    const evaluation = await evaluate({
      ...options,
      source: store,
      suite,
      release: { kind, namespace, name: wanted.name },
      revision: candidate,
      against: stable,
      now: clock.now,
      ...follow,
    });
    const changed = store.get('EvalSuite', namespace, name)?.metadata.generation !== generation;
    if (follow.signal.aborted || changed || 'problems' in evaluation) {
      log.info({ suite: nameOf(suite.metadata), release: wanted.name }, 'a run was called off');
      return undefined;
    }
    const { limitReached = false } = evaluation;
    return { run: runOf(wanted, evaluation, suite.spec.gate), generation, limitReached };
  }

  async function write(
    suite: Resource<'EvalSuite'>,
    state: SuiteState,
    runs: readonly EvalRun[] = suite.status.runs ?? [],
  ): Promise<void> {
    const status = suiteStatus(suite, state, runs, clock.now());
    if (canonicalJson(status) !== canonicalJson(suite.status)) await store.writeStatus(suite, status);
  }

  function note({ metadata }: Resource<'EvalSuite'>, { verdict, kind, name, message }: EvalRun): void {
    const about = {
      kind: 'EvalSuite' as const,
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
    };
    const words = `${kind} ${name}: ${message}`.slice(0, 1_000);
    store.note({
      ...about,
      type: verdict === 'Pass' ? 'Normal' : 'Warning',
      reason: `Gate${verdict}`,
      message: words,
    });
    log.info({ suite: nameOf(metadata), kind, name, verdict }, 'a gate was decided');
  }

  function forgetOthers(suite: Resource<'EvalSuite'>, all: readonly WantedRun[]): void {
    const kept = new Set(all.map((wanted) => idOf(suite, wanted)));
    for (const map of [errors, unwritten, pushedOut]) {
      for (const id of map.keys())
        if (id.startsWith(`${suite.metadata.uid}/`) && !kept.has(id)) map.delete(id);
    }
  }
}

const idOf = ({ metadata }: Resource<'EvalSuite'>, wanted: WantedRun): string =>
  `${metadata.uid}/${keyOf(wanted)}`;
