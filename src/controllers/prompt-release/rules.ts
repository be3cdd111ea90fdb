import { load } from 'js-yaml';
import { z } from 'zod';
import { Prompt, type PromptReleaseSpec } from '../../api/prompt-release.ts';
import type { Resource } from '../../api/resource.ts';
import { promptContent } from '../../api/revision.ts';
import { checkPrompt } from '../../api/template.ts';
import { messageOf } from '../../lib/log.ts';
import type { Problem } from '../../rollout/pass.ts';
import type { Source } from '../../store/store.ts';
import type { ReleaseKindRules } from '../release/kind.ts';

/** ConfigMaps are not watched: how soon a changed prompt in one is seen, in ms. */
const CONFIG_MAP_RECHECK_MS = 15_000;

/** What makes a PromptRelease servable, and what its revisions are made of. */
export function promptReleaseRules(source: Source): ReleaseKindRules<'PromptRelease'> {
  return {
    kind: 'PromptRelease',

    async resolve(resource) {
      const { spec } = resource;
      const resolved = await resolvePrompt(source, resource);
      if ('problem' in resolved) return resolved;
      const [wrong] = checkPrompt(resolved.prompt);
      if (wrong) return problem('InvalidPrompt', pathOf(spec, wrong.path), wrong.message);
      return routeProblem(source, resource) ?? { content: promptContent(spec, resolved.prompt) };
    },

    specFields({ spec }, { prompt, parameters, routeRef }) {
      // What stands in a ConfigMap cannot be put back by writing the spec.
      return spec.prompt === undefined ? undefined : { prompt, parameters, routeRef };
    },

    answersHaveSchema: ({ prompt }) => prompt.responseSchema !== undefined,

    recheckMs: ({ spec, invalid }) =>
      invalid === undefined && spec.promptFrom !== undefined ? CONFIG_MAP_RECHECK_MS : undefined,
  };
}

async function resolvePrompt(
  source: Source,
  { spec, metadata }: Resource<'PromptRelease'>,
): Promise<{ prompt: Prompt } | { problem: Problem }> {
  if (spec.prompt !== undefined) return { prompt: spec.prompt };
  const { name, key } = spec.promptFrom!.configMapKeyRef;
  const field = 'spec.promptFrom.configMapKeyRef';
  const text = await source.configMap(metadata.namespace, name, key);
  if (text === undefined) {
    const message = `ConfigMap "${name}" has no key "${key}" in namespace ${metadata.namespace}; create it or correct the name`;
    return problem('PromptNotFound', field, message);
  }
  try {
    const parsed = Prompt.safeParse(load(text));
    if (parsed.success) return { prompt: parsed.data };
    return problem('InvalidPrompt', field, `ConfigMap "${name}" key "${key}": ${oneLine(parsed.error)}`);
  } catch (error) {
    return problem(
      'InvalidPrompt',
      field,
      `ConfigMap "${name}" key "${key}" is no YAML: ${firstLine(messageOf(error))}`,
    );
  }
}

function routeProblem(
  source: Source,
  { spec, metadata }: Resource<'PromptRelease'>,
): { problem: Problem } | undefined {
  const { namespace } = metadata;
  const { name } = spec.routeRef;
  const field = 'spec.routeRef.name';
  const route = source.get('ModelRoute', namespace, name);
  if (route === undefined) {
    const message = `ModelRoute "${name}" does not exist in namespace ${namespace}; create it or correct the name`;
    return problem('RouteNotFound', field, message);
  }
  if (route.status.stableRevision !== undefined) return undefined;
  if (route.status.phase === undefined || route.status.phase === 'Pending') {
    return {
      problem: {
        ...problem('RouteNotReady', field, `waits for ModelRoute "${name}"`).problem,
        pending: true,
      },
    };
  }
  return problem(
    'RouteNotReady',
    field,
    `ModelRoute "${name}" cannot serve: ${route.status.message ?? 'see its status'}`,
  );
}

function problem(reason: string, field: string, message: string): { problem: Problem } {
  return { problem: { reason, field, message } };
}

/** A problem found in a prompt that comes from a ConfigMap is at fault there. */
function pathOf(spec: PromptReleaseSpec, path: string): string {
  return spec.prompt === undefined
    ? path.replace('spec.prompt', 'spec.promptFrom.configMapKeyRef: prompt')
    : path;
}

function oneLine(error: z.ZodError): string {
  return z
    .prettifyError(error)
    .replaceAll(/\s*\n\s*/g, ' ')
    .slice(0, 500);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 500);
}
