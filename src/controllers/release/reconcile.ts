import { ownedByGitOps } from '../../api/ownership.ts';
import { KINDS, nameParts, type ReleaseKind, type Resource, verbAnnotation } from '../../api/resource.ts';
import type { ReleaseStatus } from '../../api/status.ts';
import type { Log } from '../../lib/log.ts';
import type { Plan, PlanInput } from '../../rollout/pass.ts';
import { plan } from '../../rollout/plan.ts';
import { settingsOf } from '../../rollout/settings.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { Clock } from '../clock.ts';
import { annotationsOf, saidOn } from './annotations.ts';
import { type Assessment, type Assessor, type Known, withEvidence } from './assess.ts';
import { gateStates } from './gates.ts';
import type { ReleaseKindRules } from './kind.ts';
import { onlyProgress, PROGRESS_WRITE_MS, type Remembered, same } from './memory.ts';
import { dropOld, ownRevisions } from './revisions.ts';
import { type Wanted, wantedOf } from './wanted.ts';

export interface ReleaseReconcilerOptions<K extends ReleaseKind> {
  rules: ReleaseKindRules<K>;
  store: Store;
  assess: Assessor;
  clock: Clock;
  log: Log;
}

type Key = { namespace: string; name: string };

/**
 * One pass over one PromptRelease or ModelRoute: resolves what the spec asks for, has the candidate judged, plans, and
 * writes what came out, the status first.
 */
export function releaseReconciler<K extends ReleaseKind>(options: ReleaseReconcilerOptions<K>) {
  const { rules, store, assess, clock, log } = options;
  const memory = new Map<string, Remembered>();

  return async (key: string): Promise<{ requeueAfterMs?: number }> => {
    const resource = store.get(rules.kind, ...nameParts(key));
    if (resource === undefined || resource.metadata.deletionTimestamp !== undefined) {
      memory.delete(key);
      return {};
    }
    const remembered = recall(key, resource);
    const wanted = await wantedOf(rules, store, resource);
    const assessment = await assess(resource, remembered.status, wanted.answersHaveSchema, remembered.known);
    const input = planInput(resource, remembered, wanted, assessment);
    const planned = plan(input);
    // A look without evidence forgets nothing of what each gateway had counted until then.
    await carryOut(key, resource, remembered, planned, assessment.known ?? remembered.known);
    if (wanted.refused !== undefined) throw wanted.refused;
    return next(resource, planned);
  };

  function recall(key: string, { metadata, status }: Resource<K>): Remembered {
    const known = memory.get(key);
    if (known !== undefined && known.uid === metadata.uid) return known;
    const now = clock.monotonic();
    return { uid: metadata.uid, status, lookedAt: now, wroteAt: now - PROGRESS_WRITE_MS };
  }

  function planInput(
    resource: Resource<K>,
    remembered: Remembered,
    { asked }: Wanted,
    { evidence, servedEverywhere }: Assessment,
  ): PlanInput {
    const { metadata, spec } = resource;
    const rollout = resource.invalid === undefined ? spec.rollout : undefined;
    const settings = settingsOf(rollout);
    return {
      now: clock.now(),
      sinceLastMs: clock.monotonic() - remembered.lookedAt,
      generation: metadata.generation,
      settings,
      wanted: asked,
      ...saidOn(metadata.annotations),
      kept: new Set(ownRevisions(store, resource).map(({ name }) => name)),
      status: remembered.status,
      ...(evidence && { evidence }),
      gates: gateStates(store, resource, remembered.status),
      ...(servedEverywhere !== undefined && { servedEverywhere }),
      rollbackMode: modeFor(resource, remembered.status, settings.mode),
      undo: (revision) => undoCommand(resource, revision),
      warnings: rules.warnings?.(resource, clock.now()) ?? [],
    };
  }

  function modeFor(resource: Resource<K>, status: ReleaseStatus, mode: 'Auto' | 'Pin' | 'RevertSpec') {
    if (mode === 'Pin') return mode;
    if (mode === 'Auto' && (store.specsAreFiles || ownedByGitOps(resource.metadata))) return 'Pin';
    return specFieldsOf(resource, status.stableRevision) === undefined ? 'Pin' : 'RevertSpec';
  }

  /** What to write to have the spec ask for `revision`; undefined where that cannot be had by writing the spec. */
  function specFieldsOf(resource: Resource<K>, revision: string | undefined) {
    if (revision === undefined || resource.invalid !== undefined) return undefined;
    const kept = store.revision(resource.metadata.namespace, revision);
    return kept && rules.specFields(resource, kept.content as never);
  }

  function undoCommand({ metadata }: Resource<K>, revision: string): string {
    const { name, namespace } = metadata;
    if (store.specsAreFiles) {
      return `set the annotation ${verbAnnotation('retry')}: ${revision} on ${rules.kind} ${name} in its file`;
    }
    const { plural } = KINDS[rules.kind];
    return `kubectl -n ${namespace} annotate --overwrite ${plural} ${name} ${verbAnnotation('retry')}=${revision}`;
  }

  async function carryOut(
    key: string,
    resource: Resource<K>,
    remembered: Remembered,
    planned: Plan,
    known: Known | undefined,
  ): Promise<void> {
    const now = clock.monotonic();
    const { events } = planned;
    let { status } = planned;
    let { wroteAt } = remembered;
    let current = resource;
    try {
      if (events.length > 0 || due(resource.status, status, now - wroteAt)) {
        status = { ...withEvidence(status, known), epoch: store.epoch() };
        current = await store.writeStatus(resource, status);
        wroteAt = now;
        report(resource, planned);
      }
      // Only now: had the write failed, gateways would still serve the old split, and no time would have passed in the new.
      memory.set(key, { uid: remembered.uid, status, lookedAt: now, wroteAt, ...(known && { known }) });
      try {
        if (planned.restoreSpec !== undefined) current = await restore(current, planned.restoreSpec);
      } catch (error) {
        // Whoever refuses the spec keeps no verb waiting but a retry, which is done only with the spec.
        if (!planned.clear.includes('retry')) await clear(current, planned);
        throw error;
      }
      await clear(current, planned);
      if (!onlyProgress(resource.status, status)) await dropOld(store, resource, status);
    } catch (error) {
      // Somebody else has written: what was thought here may rest on an old spec, or another leader has gone on.
      if (error instanceof StoreError && error.code === 'Conflict') memory.delete(key);
      throw error;
    }
    if (status.candidateRevision === undefined && same(current.status, status)) memory.delete(key);
  }

  function due(written: ReleaseStatus, status: ReleaseStatus, sinceWriteMs: number): boolean {
    if (same(written, status)) return false;
    return !onlyProgress(written, status) || sinceWriteMs >= PROGRESS_WRITE_MS;
  }

  async function restore(resource: Resource<K>, revision: string): Promise<Resource<K>> {
    const fields = specFieldsOf(resource, revision);
    if (fields === undefined) return resource;
    const restored = await store.writeSpecFields(resource, fields);
    log.info({ ...about(resource), revision }, 'the spec was put back');
    return restored;
  }

  async function clear(resource: Resource<K>, { clear: verbs }: Plan): Promise<void> {
    if (verbs.length > 0) await store.clearAnnotations(resource, annotationsOf(verbs));
  }

  function report(resource: Resource<K>, { events }: Plan): void {
    const { namespace, name, uid } = resource.metadata;
    for (const event of events) {
      store.note({ kind: rules.kind, namespace, name, uid, ...event });
      log.info({ ...about(resource), reason: event.reason }, event.message);
    }
  }

  function next(resource: Resource<K>, { requeueAfterMs }: Plan): { requeueAfterMs?: number } {
    const recheck = rules.recheckMs?.(resource, clock.now());
    const soonest = Math.min(requeueAfterMs ?? Number.POSITIVE_INFINITY, recheck ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(soonest) ? { requeueAfterMs: soonest } : {};
  }

  function about({ metadata }: Resource<K>): Key & { kind: K } {
    return { kind: rules.kind, namespace: metadata.namespace, name: metadata.name };
  }
}
