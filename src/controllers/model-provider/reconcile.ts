import { type ConditionNow, mergeConditions } from '../../api/conditions.ts';
import type { ModelProviderStatus } from '../../api/model-provider.ts';
import { keyProblem } from '../../api/provider-key.ts';
import { nameParts, type Resource } from '../../api/resource.ts';
import { nextRetirementMs, retirementOf, retiring } from '../../api/retirement.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { sentences } from '../../lib/sentences.ts';
import { newWarnings } from '../../rollout/warnings.ts';
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
    const now = clock.now();
    const warnings = warningsOf(resource, now);
    const status = statusOf(resource, problem, warnings, now);
    if (canonicalJson(status) !== canonicalJson(resource.status)) {
      await store.writeStatus(resource, status);
      if (problem !== undefined) note(resource, problem);
      for (const { reason, message } of newWarnings(resource.status.conditions, warnings))
        note(resource, { reason, message });
    }
    return nextLook(resource, problem, now);
  };

  function nextLook(
    { spec, invalid }: Resource<'ModelProvider'>,
    problem: Problem | undefined,
    now: Date,
  ): { requeueAfterMs?: number } {
    if (invalid !== undefined) return {};
    const looks = [
      ...(spec.auth ? [problem === undefined ? PRESENT_RECHECK_MS : MISSING_RECHECK_MS] : []),
      ...[nextRetirementMs(spec, now) ?? []].flat(),
    ];
    return looks.length === 0 ? {} : { requeueAfterMs: Math.min(...looks) };
  }

  async function problemOf(resource: Resource<'ModelProvider'>): Promise<Problem | undefined> {
    if (resource.invalid !== undefined) return { reason: 'InvalidSpec', message: resource.invalid };
    const { namespace } = resource.metadata;
    const { auth } = resource.spec;
    if (auth === undefined) return undefined;
    return keyProblemOf(namespace, auth.secretRef);
  }

  /** The key's value goes no further than this. */
  async function keyProblemOf(
    namespace: string,
    { name, key }: { name: string; key: string },
  ): Promise<Problem | undefined> {
    const at = 'spec.auth.secretRef: ';
    const remedy = store.secretRemedy(namespace, name, key);
    try {
      const value = await store.secret(namespace, name, key);
      if (value === undefined)
        return {
          reason: 'SecretNotFound',
          message: `${at}Secret "${name}" has no key "${key}"; ${remedy}`,
        };
      const problem = keyProblem(value);
      if (problem === undefined) return undefined;
      return {
        reason: 'SecretInvalid',
        message: `${at}key "${key}" of Secret "${name}" ${problem}; ${remedy}`,
      };
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'Forbidden')) throw error;
      return {
        reason: 'SecretForbidden',
        message: `${at}Sluice may not read Secret "${name}"; name it under providers.secrets of the chart, or bind a Role that may get it to Sluice's ServiceAccounts`,
      };
    }
  }

  function note({ metadata }: Resource<'ModelProvider'>, { reason, message }: Problem): void {
    const { namespace, name, uid } = metadata;
    store.note({ kind: 'ModelProvider', namespace, name, uid, type: 'Warning', reason, message });
  }
}

/** Models that retire within 30 days, or have, and those that did not answer their last probe. */
function warningsOf(provider: Resource<'ModelProvider'>, now: Date): ConditionNow[] {
  if (provider.invalid !== undefined) return [];
  const told = [retiringOf(provider, now), probedOf(provider)];
  return told.filter((each) => each !== undefined);
}

function probedOf({ spec, status }: Resource<'ModelProvider'>): ConditionNow | undefined {
  const failing = (spec.probe && status.probes?.filter(({ result }) => result === 'Fails')) ?? [];
  if (failing.length === 0) return undefined;
  const models = sentences(failing.map(({ model }) => `model ${model} did not answer its last probe`));
  return {
    type: 'BackendsWork',
    status: 'False',
    reason: 'ProbeFailed',
    message: `${models}; see status.probes`,
  };
}

function retiringOf({ spec }: Resource<'ModelProvider'>, now: Date): ConditionNow | undefined {
  const told = (spec.models ?? []).flatMap(({ name }) => {
    const retirement = retirementOf(spec, name, now);
    if (retirement === undefined) return [];
    const { on, retired } = retirement;
    return [{ retirement, sentence: `model ${name} ${retired ? 'has retired' : 'retires'} on ${on}` }];
  });
  return retiring(told);
}

interface Problem {
  reason: string;
  message: string;
}

function statusOf(
  { metadata, status }: Resource<'ModelProvider'>,
  problem: Problem | undefined,
  warnings: readonly ConditionNow[],
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
    ...warnings,
  ];
  return {
    observedGeneration: generation,
    // The evaluator's to write, into the same status.
    ...(status.probes && { probes: status.probes }),
    message: message.slice(0, 1024),
    conditions: mergeConditions(status.conditions ?? [], next, generation, now),
  };
}
