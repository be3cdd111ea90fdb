import { load } from 'js-yaml';
import type { ModelProviderSpec } from '../api/model-provider.ts';
import type { Backend, ModelRouteSpec } from '../api/model-route.ts';
import { Prompt, type PromptReleaseSpec } from '../api/prompt-release.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { messageOf } from '../lib/log.ts';
import { type Found, keyOf, type Side } from './objects.ts';

/** What is called for a release on one side: the first backend of its route, which is the one that serves. */
export interface Called {
  route: ModelRouteSpec;
  backend: Backend;
  provider?: ModelProviderSpec;
}

/** A PromptRelease with all that it refers to on its side. */
export interface Resolved {
  found: Found;
  spec: PromptReleaseSpec;
  prompt?: Prompt;
  /** Why there is no prompt, and how bad that is. */
  unresolved?: { level: 'error' | 'warning'; message: string };
  called?: Called;
}

/** The release of that key as the side has it; undefined where it is not there or does not satisfy its schema. */
export function resolveRelease(side: Side, key: string): Resolved | undefined {
  const found = side.objects.get(key);
  if (found?.spec === undefined) return undefined;
  const spec = found.spec as PromptReleaseSpec;
  const called = calledBy(side, found.namespace, spec.routeRef.name);
  return { found, spec, ...promptOf(side, found.namespace, spec), ...(called && { called }) };
}

/** What a route calls first; undefined where the route is not there or is broken. */
export function calledBy(side: Side, namespace: string, routeName: string): Called | undefined {
  const route = side.objects.get(keyOf('ModelRoute', namespace, routeName))?.spec as
    | ModelRouteSpec
    | undefined;
  const backend = route?.backends[0];
  if (route === undefined || backend === undefined) return undefined;
  const provider = side.objects.get(keyOf('ModelProvider', namespace, backend.providerRef.name))?.spec;
  return { route, backend, ...(provider && { provider: provider as ModelProviderSpec }) };
}

function promptOf(
  { configMaps }: Side,
  namespace: string,
  spec: PromptReleaseSpec,
): Pick<Resolved, 'prompt' | 'unresolved'> {
  if (spec.prompt !== undefined) return { prompt: spec.prompt };
  const { name, key } = spec.promptFrom!.configMapKeyRef;
  const text = configMaps.get(`${namespace}/${name}`)?.[key];
  if (typeof text !== 'string') {
    const message = `spec.promptFrom: ConfigMap "${name}" with a key "${key}" is not in the folder: the prompt is not checked`;
    return { unresolved: { level: 'warning', message } };
  }
  const where = `spec.promptFrom: ConfigMap "${name}" key "${key}"`;
  try {
    const parsed = Prompt.safeParse(load(text, { maxAliases: 100 }));
    if (parsed.success) return { prompt: parsed.data };
    const [issue] = parsed.error.issues;
    const message = `${where}: ${issue?.path.map(String).join('.')}: ${issue?.message}`;
    return { unresolved: { level: 'error', message } };
  } catch (error) {
    const [first] = messageOf(error).split('\n', 1);
    return { unresolved: { level: 'error', message: `${where} is no YAML: ${first}` } };
  }
}

/** What a call's tokens and cost depend on, as text that is equal where nothing of it changed. */
export const dependsOn = ({ spec, prompt, called }: Resolved): Record<string, string> => ({
  'the PromptRelease': canonicalJson(spec),
  'the ConfigMap of the prompt': spec.prompt === undefined ? canonicalJson(prompt ?? null) : '',
  'its ModelRoute': canonicalJson(called ? [called.backend, called.route.budgets ?? null] : null),
  'the ModelProvider': pricingOf(called),
});

/** What of a provider prices depend on. */
export const pricingOf = (called: Called | undefined): string =>
  canonicalJson(
    called?.provider
      ? [
          called.provider.baseURL,
          called.provider.models?.find(({ name }) => name === called.backend.model) ?? null,
        ]
      : null,
  );
