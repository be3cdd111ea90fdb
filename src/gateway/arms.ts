import type { ModelProviderSpec } from '../api/model-provider.ts';
import type { Backend, RouteContent } from '../api/model-route.ts';
import type { PromptContent } from '../api/prompt-release.ts';
import type { Revision } from '../api/resource.ts';
import { type PriceList, priceOf, pricesNamedBy } from '../cost/price.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Source } from '../store/store.ts';
import { revisionParameters } from './parameters.ts';
import { compilePrompt } from './prompt.ts';
import type { BackendTarget, PromptArm, ProviderTarget, RouteArm } from './table.ts';

const DEFAULT_FIRST_TOKEN_MS = 30_000;
const DEFAULT_TOTAL_MS = 600_000;

/** A prompt as its revision says it, without the route, which has a life of its own. */
export type CompiledPrompt = Omit<PromptArm, 'route'> & { routeName: string };

interface CompiledProvider {
  target: ProviderTarget;
  spec: ModelProviderSpec;
}

/**
 * Makes arms of kept revisions and remembers them: a revision never changes, so each prompt is compiled once however
 * often the table is. `listed` gives the prices that providers list, where they are loaded.
 */
export function armCompiler(source: Source, listed: () => PriceList | undefined = () => undefined) {
  const prompts = new WeakMap<Revision, CompiledPrompt>();
  /** Backends by provider spec: the store hands out the same object as long as it has not changed. */
  const providers = new WeakMap<ModelProviderSpec, CompiledProvider>();

  const providerOf = (namespace: string, name: string): CompiledProvider | undefined => {
    const resource = source.get('ModelProvider', namespace, name);
    if (resource === undefined || resource.invalid !== undefined) return undefined;
    const known = providers.get(resource.spec);
    if (known !== undefined) return known;
    const { spec } = resource;
    const compiled = { target: providerTarget(namespace, name, spec), spec };
    providers.set(spec, compiled);
    return compiled;
  };

  return {
    /** Undefined while the revision is not there. */
    prompt(namespace: string, revision: string): CompiledPrompt | undefined {
      const kept = source.revision(namespace, revision);
      if (kept === undefined || kept.owner.kind !== 'PromptRelease') return undefined;
      const known = prompts.get(kept);
      if (known !== undefined) return known;
      const content = kept.content as PromptContent;
      const compiled: CompiledPrompt = {
        revision,
        prompt: content.prompt,
        parameters: revisionParameters(content.parameters),
        routeName: content.routeRef.name,
        ...compilePrompt(content),
      };
      prompts.set(kept, compiled);
      return compiled;
    },

    /** Undefined while the revision or one of its providers is not there. */
    route(namespace: string, revision: string): RouteArm | undefined {
      const kept = source.revision(namespace, revision);
      if (kept === undefined || kept.owner.kind !== 'ModelRoute') return undefined;
      const backends: BackendTarget[] = [];
      for (const backend of (kept.content as RouteContent).backends) {
        const provider = providerOf(namespace, backend.providerRef.name);
        if (provider === undefined) return undefined;
        backends.push(backendTarget(backend, provider, listed()));
      }
      return { revision, backends };
    },
  };
}

function backendTarget(
  backend: Backend,
  { target, spec }: CompiledProvider,
  listed: PriceList | undefined,
): BackendTarget {
  const { name, model, parameters, timeouts = {} } = backend;
  const { firstToken, total } = timeouts;
  const price = priceOf(spec, model, listed);
  const named = pricesNamedBy(spec, model, listed);
  return {
    name,
    provider: target,
    model,
    ...(price && { price }),
    ...(named !== undefined && { pricesNamedBy: named }),
    parameters: revisionParameters(parameters),
    firstTokenMs: firstToken === undefined ? DEFAULT_FIRST_TOKEN_MS : parseDuration(firstToken),
    totalMs: total === undefined ? DEFAULT_TOTAL_MS : parseDuration(total),
  };
}

/** A provider as its resource says it. */
export function providerTarget(namespace: string, name: string, spec: ModelProviderSpec): ProviderTarget {
  const url = new URL(spec.baseURL);
  return {
    namespace,
    name,
    dialect: spec.dialect,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    ...(spec.auth && { secret: spec.auth.secretRef }),
    ...(spec.dataPolicy && { promised: spec.dataPolicy }),
  };
}
