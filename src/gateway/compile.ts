import { nameOf, type Resource } from '../api/resource.ts';
import type { PriceList } from '../cost/price.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Log } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { armCompiler } from './arms.ts';
import { entryOf } from './entry.ts';
import { namesOf } from './names.ts';
import { routePolicies } from './route-policy.ts';
import type { PromptArm, PromptEntry, RouteEntry, Table } from './table.ts';
import { type Watched, watchedReleases } from './watched.ts';

export interface TableCompilerOptions {
  source: Source;
  log: Log;
  /** Namespace in which callers may leave the namespace out. */
  defaultNamespace?: string;
  /** The prices that providers list, for models whose ModelProvider names none. */
  listed?: () => PriceList | undefined;
}

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
    const rest = (): Partial<RouteEntry> => {
      const degraded = spec.onExhausted?.degraded?.content;
      const cacheMs = spec.cache === undefined ? 0 : parseDuration(spec.cache.ttl);
      return {
        ...(degraded !== undefined && { degraded }),
        ...(cacheMs > 0 && { cacheMs }),
        ...policies.of(resource, before),
      };
    };
    return entryOf<RouteEntry>(resource, before, { armOf, rest }, { source, log, watched });
  }

  function promptEntry(
    resource: Resource<'PromptRelease'>,
    routeOf: (name: string) => RouteEntry | undefined,
  ): PromptEntry | undefined {
    const before = last.get(resource.metadata.uid) as PromptEntry | undefined;
    const armOf = (revision: string) => {
      const prompt = arms.prompt(resource.metadata.namespace, revision);
      const route = prompt && routeOf(prompt.routeName);
      return route && { ...prompt, route };
    };
    return entryOf<PromptEntry>(resource, before, { armOf, rest: () => ({}) }, { source, log, watched });
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
