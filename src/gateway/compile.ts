import { suiteGuardrails } from '../api/guardrail.ts';
import { nameOf, type ReleaseKind, type Resource } from '../api/resource.ts';
import type { Rollout } from '../api/rollout.ts';
import type { PriceList } from '../cost/price.ts';
import { parseDuration } from '../lib/duration.ts';
import { type Log, messageOf } from '../lib/log.ts';
import { parsePercent } from '../lib/percent.ts';
import type { Source } from '../store/store.ts';
import { armCompiler } from './arms.ts';
import { limitsOf } from './budgets/limits.ts';
import { namesOf } from './names.ts';
import { routePolicies } from './route-policy.ts';
import type { Entry, PromptArm, PromptEntry, RouteEntry, Table } from './table.ts';
import { type Watched, watchedReleases } from './watched.ts';

export interface TableCompilerOptions {
  source: Source;
  log: Log;
  /** Namespace in which callers may leave the namespace out. */
  defaultNamespace?: string;
  /** The prices that providers list, for models whose ModelProvider names none. */
  listed?: () => PriceList | undefined;
}

type Settings = Pick<Entry<{ revision: string }>, 'rescue' | 'stickyHeader' | 'team' | 'feature' | 'budgets'>;

/**
 * Compiles the resources to the table that calls are served from. What cannot be compiled now (a route, a provider or
 * a revision is missing, a spec is broken) goes on as it was in the last table: the data plane never serves less
 * because the control plane has trouble. Only what a route's privacy and its providers' promises say holds at once.
 */
export function tableCompiler(options: TableCompilerOptions): { compile(): Table } {
  const { source, log, defaultNamespace, listed } = options;
  const arms = armCompiler(source, listed);
  const policies = routePolicies(source, log);
  let last: ReadonlyMap<string, PromptEntry | RouteEntry> = new Map();
  let watched: Watched = () => undefined;
  /** Entries that go on as they were, so that each is said once. */
  let carried = new Set<string>();

  const compile = (): Table => {
    const entries = new Map<string, PromptEntry | RouteEntry>();
    const nowCarried = new Set<string>();
    watched = watchedReleases(source);
    const carry = <E extends PromptEntry | RouteEntry>(uid: string, why: string): E | undefined => {
      const before = last.get(uid) as E | undefined;
      if (before === undefined) return undefined;
      nowCarried.add(uid);
      if (!carried.has(uid))
        log.warn({ kind: before.kind, release: nameOf(before) }, `served as before: ${why}`);
      return before;
    };

    const routes = new Map<string, RouteEntry>();
    for (const resource of source.list('ModelRoute')) {
      const { uid } = resource.metadata;
      const found = routeEntry(resource) ?? carry<RouteEntry>(uid, 'its revision or a provider is missing');
      if (found === undefined) continue;
      const entry = found === last.get(uid) ? policies.ofNow(found, resource) : found;
      routes.set(nameOf(entry), entry);
      entries.set(entry.uid, entry);
    }
    const callable = [...routes.values()];
    /** Routes that are gone, or there again and not served yet, by uid. */
    const gone = new Map<string, RouteEntry>();
    const goneRoute = (before: RouteEntry): RouteEntry => {
      const { uid, namespace, name } = before;
      const entry = gone.get(uid) ?? policies.ofNow(before, source.get('ModelRoute', namespace, name));
      gone.set(uid, entry);
      return entry;
    };

    const prompts: PromptEntry[] = [];
    for (const resource of source.list('PromptRelease')) {
      const { uid } = resource.metadata;
      const before = last.get(uid) as PromptEntry | undefined;
      const routeOf = (name: string): RouteEntry | undefined => {
        const route = routes.get(nameOf({ namespace: resource.metadata.namespace, name }));
        if (route !== undefined) return route;
        const held = [before?.stable.route, before?.candidate?.route].find((each) => each?.name === name);
        return held && goneRoute(held);
      };
      const found =
        promptEntry(resource, routeOf) ?? carry<PromptEntry>(uid, 'its revision or its route is missing');
      if (found === undefined) continue;
      // What goes on as it was still follows its routes: their rollbacks are for everyone.
      const entry = found === before ? onRoutesOfNow(found, routeOf) : found;
      prompts.push(entry);
      entries.set(uid, entry);
      for (const { route } of [entry.stable, ...(entry.candidate ? [entry.candidate] : [])]) {
        if (entries.has(route.uid)) continue;
        // Its ModelRoute is gone: it serves this release still, and nobody by its own name.
        entries.set(route.uid, route);
        nowCarried.add(route.uid);
        if (!carried.has(route.uid))
          log.warn({ route: nameOf(route) }, 'the route is gone and still serves its releases');
      }
    }

    last = entries;
    carried = nowCarried;
    return { ...namesOf(prompts, callable, defaultNamespace), entries };
  };

  function routeEntry(resource: Resource<'ModelRoute'>): RouteEntry | undefined {
    const before = last.get(resource.metadata.uid) as RouteEntry | undefined;
    const { metadata, spec } = resource;
    const armOf = (revision: string) => {
      const arm = arms.route(metadata.namespace, revision);
      return arm && policies.allowed(arm, policies.requiredBy(resource, before));
    };
    return compiled<RouteEntry>(resource, before, armOf, () => {
      const degraded = spec.onExhausted?.degraded?.content;
      const cacheMs = spec.cache === undefined ? 0 : parseDuration(spec.cache.ttl);
      return {
        ...(degraded !== undefined && { degraded }),
        ...(cacheMs > 0 && { cacheMs }),
        ...policies.of(resource, before),
      };
    });
  }

  function promptEntry(
    resource: Resource<'PromptRelease'>,
    routeOf: (name: string) => RouteEntry | undefined,
  ): PromptEntry | undefined {
    const before = last.get(resource.metadata.uid) as PromptEntry | undefined;
    const arm = (revision: string) => {
      const prompt = arms.prompt(resource.metadata.namespace, revision);
      const route = prompt && routeOf(prompt.routeName);
      return route && { ...prompt, route };
    };
    return compiled<PromptEntry>(resource, before, arm, () => ({}));
  }

  /** Undefined where the release cannot be served as its status says. */
  function compiled<E extends PromptEntry | RouteEntry>(
    resource: Resource<ReleaseKind>,
    before: E | undefined,
    armOf: (revision: string) => E['stable'] | undefined,
    rest: () => Partial<E>,
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

  return { compile };
}

function onRoutesOfNow(entry: PromptEntry, routeOf: (name: string) => RouteEntry | undefined): PromptEntry {
  const onRoute = (arm: PromptArm): PromptArm => ({ ...arm, route: routeOf(arm.route.name) ?? arm.route });
  return {
    ...entry,
    stable: onRoute(entry.stable),
    ...(entry.candidate && { candidate: onRoute(entry.candidate) }),
  };
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
