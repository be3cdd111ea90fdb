import { setTimeout as delay } from 'node:timers/promises';
import { ASKED_BY, ASKED_WHY, nameOf, type Verb, verbAnnotation } from '../api/resource.ts';
import { promotedBefore } from '../rollout/status.ts';
import { NothingDone, type Place, type Release } from './place.ts';

export interface Asking {
  verb: Verb;
  /** The revision that is meant, so that the verb never hits another. */
  revision: string;
  reason?: string;
  /** How long to wait for what comes of it, in ms; 0: not at all. */
  waitMs: number;
}

const LOOK_MS = 300;

/**
 * Asks for a verb and waits for what comes of it. Resolves with that, in one sentence.
 * @throws NothingDone where nothing came of it, or not in time.
 */
export async function ask(place: Place, release: Release, asking: Asking): Promise<string> {
  const { verb, revision, reason = '', waitMs } = asking;
  const idle = place.idle();
  if (idle !== undefined) throw new NothingDone(`nothing done: ${idle}`);
  const by = await place.who();
  const end = performance.now() + waitMs;
  // The last verb may not have been seen gone yet: the same one again would pass for it.
  const before = await until(place, release, ({ status }) => status.lastAction?.cleared !== false, end);
  const last = (before ?? release).status.lastAction;
  await place.annotate(release, {
    [verbAnnotation(verb)]: revision,
    [ASKED_BY]: by ?? '',
    [ASKED_WHY]: reason,
  });
  if (waitMs === 0) return `${verb} of ${revision} is asked for`;

  const acted = await until(
    place,
    release,
    ({ status: { lastAction } }) =>
      lastAction?.verb === verb && lastAction.value === revision && lastAction.at !== last?.at,
    end,
  );
  if (acted === undefined) {
    throw new NothingDone(
      `${verb} was asked for, and nobody has acted on it yet: does the operator (or sluice run) run? "status ${release.metadata.name}" tells when it has`,
    );
  }
  const result = acted.status.lastAction?.result ?? '';
  if (result.startsWith('nothing done')) throw new NothingDone(result);
  return result;
}

/** Sets or lifts `spec.rollout.paused`, and waits until that was seen. */
export async function setPaused(
  place: Place,
  release: Release,
  paused: boolean,
  waitMs: number,
  reason?: string,
): Promise<string> {
  const { rollout = {} } = release.spec;
  if ((rollout.paused ?? false) === paused) {
    throw new NothingDone(`nothing done: ${paused ? 'it is paused already' : 'it is not paused'}`);
  }
  await place.setPaused(release, paused, paused ? { by: await place.who(), reason } : {});
  const seen = await until(
    place,
    release,
    ({ status, metadata, spec }) =>
      (spec.rollout?.paused ?? false) === paused && (status.observedGeneration ?? 0) >= metadata.generation,
    performance.now() + waitMs,
  );
  const what = paused ? 'paused' : 'resumed';
  if (seen?.status.message === undefined) return `spec.rollout.paused is ${paused}`;
  return `${what}: ${seen.status.message}`;
}

/**
 * The candidate that a verb is about.
 * @throws NothingDone where no rollout is under way.
 */
export function candidateOf({ kind, metadata, status }: Release): string {
  if (status.candidateRevision !== undefined) return status.candidateRevision;
  throw new NothingDone(`nothing done: no rollout of ${kind} ${nameOf(metadata)} is under way`);
}

/**
 * The revision that `retry` lets in where none is named: the one taken back last.
 * @throws NothingDone where none is kept out.
 */
export function revisionToRetry({ kind, metadata, status }: Release): string {
  const [newest] = status.quarantined ?? [];
  const wanted = status.quarantined?.find(({ revision }) => revision === status.rollback?.from) ?? newest;
  if (wanted !== undefined) return wanted.revision;
  throw new NothingDone(`nothing done: no revision of ${kind} ${nameOf(metadata)} is kept out`);
}

/**
 * The revision that was promoted before the one that serves.
 * @throws NothingDone where none is known.
 */
export function revisionBefore({ kind, metadata, status }: Release): string {
  const before = promotedBefore(status)?.[0];
  if (before !== undefined) return before;
  const which = `no revision of ${kind} ${nameOf(metadata)}`;
  const { stableRevision } = status;
  if (stableRevision === undefined) throw new NothingDone(`nothing done: ${which} serves yet`);
  throw new NothingDone(
    `nothing done: ${which} is known that was promoted before ${stableRevision}; name one with --to REV ("history" lists them)`,
  );
}

/** The release once it satisfies `wanted`; undefined after `end`, a time of `performance.now()`. */
async function until(
  place: Place,
  { kind, metadata: { namespace, name, uid } }: Release,
  wanted: (release: Release) => boolean,
  end: number,
): Promise<Release | undefined> {
  for (;;) {
    const seen = await place.get(kind, namespace, name);
    if (seen?.release.metadata.uid !== uid) throw new NothingDone(`${kind} ${namespace}/${name} is gone`);
    if (wanted(seen.release)) return seen.release;
    if (performance.now() >= end) return undefined;
    await delay(Math.min(LOOK_MS, Math.max(1, end - performance.now())));
  }
}
