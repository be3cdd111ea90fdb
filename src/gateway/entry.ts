import { suiteGuardrails } from '../api/guardrail.ts';
import { nameOf, type ReleaseKind, type Resource } from '../api/resource.ts';
import type { Rollout } from '../api/rollout.ts';
import { type Log, messageOf } from '../lib/log.ts';
import { parsePercent } from '../lib/percent.ts';
import type { Source } from '../store/store.ts';
import { limitsOf } from './budgets/limits.ts';
import type { Entry, PromptEntry, RouteEntry } from './table.ts';
import type { Watched } from './watched.ts';

/** What differs between kinds. Either may throw. */
export interface EntryParts<E extends PromptEntry | RouteEntry> {
  /** What a revision says; undefined where it cannot be served. */
  armOf(revision: string): E['stable'] | undefined;
  /** What of the spec is true of every revision, beyond what all kinds have. */
  rest(): Partial<E>;
}

/** What an entry is made from beside its own resource. */
export interface EntryContext {
  source: Source;
  log: Log;
  watched: Watched;
}

type Settings = Pick<Entry<{ revision: string }>, 'rescue' | 'stickyHeader' | 'team' | 'feature' | 'budgets'>;

/**
 * What calls of a release are served by, as its status says; undefined where it cannot be. Where its spec is broken its settings
 * stay as they were `before`; where an older status comes after a newer, all of it does.
 */
export function entryOf<E extends PromptEntry | RouteEntry>(
  resource: Resource<ReleaseKind>,
  before: E | undefined,
  { armOf, rest }: EntryParts<E>,
  { source, log, watched }: EntryContext,
): E | undefined {
  const { metadata, status } = resource;
  const { stableRevision, candidateRevision, attempt = 0, epoch = 0 } = status;
  if (stableRevision === undefined) return undefined;
  if (before !== undefined && epoch < before.epoch) return before;
  try {
    const stable = armOf(stableRevision);
    const shadow = status.shadow !== undefined && status.shadow.revision === candidateRevision;
    const share = shadow
      ? status.shadow
      : status.traffic?.find((each) => each.revision === candidateRevision);
    const candidate = candidateRevision === undefined ? undefined : armOf(candidateRevision);
    if (stable === undefined || (candidateRevision !== undefined && candidate === undefined))
      return undefined;
    const { namespace, name, uid } = metadata;
    const kept =
      resource.invalid !== undefined && before !== undefined
        ? before
        : { ...settingsOf(resource), ...rest() };
    // Every call is somebody's.
    const team = kept.team ?? ('route' in stable ? stable.route.team : undefined) ?? namespace;
    const weight = share?.weight ?? 0;
    const sample = candidate === undefined || weight === 0 ? undefined : sampledShare(source, resource);
    const watch = watched(resource);
    return {
      ...kept,
      team,
      feature: kept.feature ?? name,
      kind: resource.kind,
      namespace,
      name,
      uid,
      attempt,
      epoch,
      weight,
      stable,
      candidate,
      shadow,
      sample,
      ...(watch && { watch }),
    } as unknown as E;
  } catch (error) {
    log.error(
      { kind: resource.kind, release: nameOf(metadata), error: messageOf(error) },
      'cannot be compiled',
    );
    return undefined;
  }
}

/** The largest share that a suite of the release's guardrails scores; undefined where none scores any. */
function sampledShare(
  source: Source,
  { spec, invalid, metadata }: Resource<ReleaseKind>,
): number | undefined {
  if (invalid !== undefined) return undefined;
  const shares = suiteGuardrails(spec.rollout?.guardrails).flatMap(({ evalSuiteRef: { name } }) => {
    const suite = source.get('EvalSuite', metadata.namespace, name);
    return suite?.invalid === undefined && suite?.spec.live ? [parsePercent(suite.spec.live.share)] : [];
  });
  return shares.length === 0 ? undefined : Math.max(...shares);
}

/** What is true of every revision. A broken spec of a release never served before has none of it. */
function settingsOf({ spec, invalid }: Resource<ReleaseKind>): Settings {
  if (invalid !== undefined) return { rescue: true };
  const rollout: Rollout = spec.rollout ?? {};
  const header = rollout.stickyBy?.header.toLowerCase();
  return {
    rescue: rollout.rescue ?? true,
    ...(header !== undefined && { stickyHeader: header }),
    ...(spec.budgets && { budgets: limitsOf(spec.budgets) }),
    ...(spec.owner && { team: spec.owner.team }),
    ...(spec.owner?.feature !== undefined && { feature: spec.owner.feature }),
  };
}
