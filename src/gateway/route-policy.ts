import { type RequiredPolicy, unmetPolicy } from '../api/data-policy.ts';
import type { Resource } from '../api/resource.ts';
import type { Log } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { privacyPolicy } from './privacy/policy.ts';
import type { BackendTarget, RouteArm, RouteEntry } from './table.ts';

/** What `spec.privacy` of a route says: no part of a rollout, it holds for every revision at once. */
export type RoutePolicy = Pick<RouteEntry, 'privacy' | 'required' | 'logContent'>;

export interface RoutePolicies {
  /** What a route's spec says now; where it is broken, what it said before. */
  of(resource: Resource<'ModelRoute'>, before: RouteEntry | undefined): RoutePolicy;
  /** Of that, what its providers must promise. */
  requiredBy(resource: Resource<'ModelRoute'>, before: RouteEntry | undefined): RequiredPolicy;
  /**
   * An arm without the backends whose providers do not promise what is required, whatever they promised before. One that
   * is gone is held to what it promised last.
   */
  allowed(arm: RouteArm, required: RequiredPolicy): RouteArm;
  /**
   * A route that goes on as it was, under what its spec and its providers say now.
   * @param resource undefined where the route is gone: then what it said last holds
   */
  ofNow(before: RouteEntry, resource: Resource<'ModelRoute'> | undefined): RouteEntry;
}

export function routePolicies(source: Source, log: Log): RoutePolicies {
  /** Arms with all of their backends, by what is left of them: what is promised again is asked again. */
  const whole = new WeakMap<RouteArm, RouteArm>();

  const keepsPromise = ({ provider }: BackendTarget, required: RequiredPolicy): boolean => {
    const now = source.get('ModelProvider', provider.namespace, provider.name);
    const promised = now === undefined ? provider.promised : now.spec?.dataPolicy;
    return unmetPolicy(required, promised) === undefined;
  };

  const policies: RoutePolicies = {
    of(resource, before) {
      const held = heldTo(resource, before);
      if (held !== undefined) return policyIn(held);
      const { logContent } = resource.spec.privacy ?? {};
      return policyIn({
        privacy: privacyPolicy(resource, log, before?.privacy),
        required: policies.requiredBy(resource, before),
        logContent: logContent === 'Hash' ? undefined : logContent,
      });
    },
    requiredBy: (resource, before) =>
      (heldTo(resource, before) ?? { required: resource.spec.privacy?.require }).required,
    allowed(arm, required) {
      const backends = arm.backends.filter((backend) => keepsPromise(backend, required));
      if (backends.length === arm.backends.length) return arm;
      const left = { ...arm, backends };
      whole.set(left, arm);
      return left;
    },
    ofNow(before, resource) {
      const policy = resource === undefined ? policyIn(before) : policies.of(resource, before);
      const armOfNow = (arm: RouteArm) => policies.allowed(whole.get(arm) ?? arm, policy.required);
      const { privacy: _, required: __, logContent: ___, ...rest } = before;
      return {
        ...rest,
        ...policy,
        stable: armOfNow(before.stable),
        ...(before.candidate && { candidate: armOfNow(before.candidate) }),
      };
    },
  };
  return policies;
}

/** What a route is held to whose spec is broken: what it said when it was right. Undefined where it is, or never was. */
function heldTo({ invalid }: Resource<'ModelRoute'>, before: RouteEntry | undefined): RouteEntry | undefined {
  return invalid === undefined ? undefined : before;
}

function policyIn({ privacy, required, logContent }: Wide<RoutePolicy>): RoutePolicy {
  return {
    ...(privacy && { privacy }),
    ...(required && { required }),
    ...(logContent !== undefined && { logContent }),
  };
}

type Wide<T> = { [K in keyof T]: T[K] | undefined };
