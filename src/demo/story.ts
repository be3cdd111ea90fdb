import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseStatus } from '../api/status.ts';
import type { Scene } from './frame.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

export interface StoryOptions {
  stage: Pick<Stage, 'apply' | 'status' | 'children'>;
  tally: Tally;
  show: (scene: Scene) => void;
  /** Monotonic clock, in ms. */
  now: () => number;
  signal: AbortSignal;
  /** Time between two looks at the status, in ms. */
  lookMs?: number;
}

/** How the story went, by the names of the revisions that it came by. */
export interface Story {
  v1: string;
  v2: string;
  v3: string;
  /** Status when v2 had been taken back. */
  rolledBack: ReleaseStatus;
}

/** How long each chapter may take, in ms. */
const LIMITS = { v1: 20_000, v2: 45_000, v3: 45_000 };
/** Calls that v1 serves before anything changes. */
const WARM_UP = 150;
/** How long nothing of v2 must be heard of until it counts as gone, in ms. */
const SILENCE_MS = 1_500;

/**
 * Plays the story: v1 serves, v2 comes and is taken back, v3 comes and stays. It only applies files and looks on.
 * @throws Error where something else happens, or nothing in time.
 */
export async function playStory(options: StoryOptions): Promise<Story> {
  const { stage, tally, now, lookMs = 200 } = options;
  const names = new Map<string, string>();
  const began = now();
  const failed = Promise.race(stage.children.map((child) => child.failed));

  async function until(
    title: string,
    limitMs: number,
    holds: (status: ReleaseStatus) => boolean,
  ): Promise<ReleaseStatus> {
    for (const start = now(); ; ) {
      options.signal.throwIfAborted();
      const status = await stage.status();
      const { candidateRevision, stableRevision } = status;
      const elapsedMs = now() - began;
      const rate = (revision?: string) => tally.rate(now(), revision);
      options.show({ title, elapsedMs, status, names, rate, total: tally.total() });
      if (holds(status)) return status;
      if (now() - start > limitMs) {
        const serving = `stable ${stableRevision ?? 'none'}, candidate ${candidateRevision ?? 'none'}`;
        throw new Error(
          `${title}: not within ${limitMs / 1000} s. Status: ${status.phase} (${serving}), ${status.message}`,
        );
      }
      await Promise.race([sleep(lookMs), failed]);
    }
  }

  /** The name of the revision that comes up as candidate once a version was applied. */
  async function candidateOf(version: 'v2' | 'v3', before: string): Promise<string> {
    await stage.apply(version);
    const fresh = (revision?: string) =>
      revision !== undefined && revision !== before && !names.has(revision);
    const seen = await until(`${version} has been applied`, LIMITS.v1, (status) =>
      fresh(status.candidateRevision),
    );
    names.set(seen.candidateRevision!, version);
    return seen.candidateRevision!;
  }

  const first = await until('v1 starts to serve', LIMITS.v1, (status) => status.phase === 'Healthy');
  const v1 = first.stableRevision!;
  names.set(v1, 'v1');
  await until('v1 serves', LIMITS.v1, () => tally.of(v1).calls >= WARM_UP);

  const v2 = await candidateOf('v2', v1);
  const rolledBack = await until('v2 gets its first calls', LIMITS.v2, (status) => {
    if (status.stableRevision === v2)
      throw new Error('v2 was promoted, though it refuses a fifth of its calls');
    return status.phase === 'RolledBack' && status.rollback?.from === v2;
  });
  await until('v2 was taken back', LIMITS.v2, () => now() - tally.of(v2).lastAt > SILENCE_MS);

  const v3 = await candidateOf('v3', v1);
  await until('v3 takes over', LIMITS.v3, (status) => {
    if (status.phase === 'RolledBack' && status.rollback?.from === v3) {
      throw new Error(`v3 was taken back, though nothing is wrong with it: ${status.rollback.reason}`);
    }
    return status.phase === 'Healthy' && status.stableRevision === v3;
  });
  const all = (revision: string) => tally.rate(now(), revision) > 0.95 * tally.rate(now());
  await until('v3 serves every call', LIMITS.v3, () => all(v3));
  return { v1, v2, v3, rolledBack };
}
