import { type ConditionNow, mergeConditions } from '../../api/conditions.ts';
import type { ModelProviderStatus } from '../../api/model-provider.ts';
import { nameParts, type Resource } from '../../api/resource.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { Clock } from '../clock.ts';

export interface ProviderReconcilerOptions {
  store: Store;
  clock: Clock;
}

/** Secrets are not watched: how soon one that was missing is seen, and how soon one that has gone, in ms. */
const MISSING_RECHECK_MS = 5_000;
const PRESENT_RECHECK_MS = 300_000;

/** One pass over one ModelProvider: can it be called, and if not, what is to be done. */
export function providerReconciler({ store, clock }: ProviderReconcilerOptions) {
  return async (key: string): Promise<{ requeueAfterMs?: number }> => {
    const resource = store.get('ModelProvider', ...nameParts(key));
    if (resource === undefined) return {};
    const problem = await problemOf(resource);
    const status = statusOf(resource, problem, clock.now());
    if (canonicalJson(status) !== canonicalJson(resource.status)) {
      await store.writeStatus(resource, status);
      if (problem !== undefined) note(resource, problem);
    }
    const waitsForSecret = resource.invalid === undefined && resource.spec.auth !== undefined;
    if (!waitsForSecret) return {};
    return { requeueAfterMs: problem === undefined ? PRESENT_RECHECK_MS : MISSING_RECHECK_MS };
  };

  async function problemOf(resource: Resource<'ModelProvider'>): Promise<Problem | undefined> {
    if (resource.invalid !== undefined) return { reason: 'InvalidSpec', message: resource.invalid };
    const { namespace } = resource.metadata;
    const { auth } = resource.spec;
    if (auth === undefined) return undefined;
    const { name, key } = auth.secretRef;
    try {
      // The value goes no further than this line.
      if ((await store.secret(namespace, name, key)) !== undefined) return undefined;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'Forbidden')) throw error;
      return {
        reason: 'SecretForbidden',
        message: `spec.auth.secretRef: Sluice may not read Secret "${name}"; name it under providers.secrets of the chart, or bind a Role that may get it to Sluice's ServiceAccounts`,
      };
    }
    return {
      reason: 'SecretNotFound',
      message: `spec.auth.secretRef: Secret "${name}" has no key "${key}"; ${store.secretRemedy(namespace, name, key)}`,
    };
  }

  function note({ metadata }: Resource<'ModelProvider'>, { reason, message }: Problem): void {
    const { namespace, name, uid } = metadata;
    store.note({ kind: 'ModelProvider', namespace, name, uid, type: 'Warning', reason, message });
  }
}

interface Problem {
  reason: string;
  message: string;
}

function statusOf(
  { metadata, status }: Resource<'ModelProvider'>,
  problem: Problem | undefined,
  now: Date,
): ModelProviderStatus {
  const { generation } = metadata;
  const message = problem?.message ?? 'can be called';
  const ready: ConditionNow = {
    type: 'Ready',
    status: problem ? 'False' : 'True',
    reason: problem?.reason ?? 'Configured',
    message,
  };
  const next: ConditionNow[] = [
    ready,
    { type: 'Reconciling', status: 'False', reason: ready.reason, message: '' },
    {
      type: 'Stalled',
      status: problem ? 'True' : 'False',
      reason: ready.reason,
      message: problem?.message ?? '',
    },
  ];
  return {
    observedGeneration: generation,
    message: message.slice(0, 1024),
    conditions: mergeConditions(status.conditions ?? [], next, generation, now),
  };
}
