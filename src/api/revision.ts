import { contentHash } from '../lib/canonical.ts';
import type { ModelRouteSpec, RouteContent } from './model-route.ts';
import type { Prompt, PromptContent, PromptReleaseSpec } from './prompt-release.ts';
import type { ContentOf, ReleaseKind } from './resource.ts';

/** The content of a PromptRelease's revision, with the prompt as it was resolved. */
export function promptContent(spec: PromptReleaseSpec, prompt: Prompt): PromptContent {
  const { parameters, routeRef } = spec;
  return { prompt, ...(parameters && { parameters }), routeRef };
}

/** The content of a ModelRoute's revision. */
export function routeContent(spec: ModelRouteSpec): RouteContent {
  return { backends: spec.backends };
}

/** `<name>-<10 hex of the hash of the content>`. The kind is hashed too: a route and a prompt may share a name. */
export function revisionOf<K extends ReleaseKind>(kind: K, name: string, content: ContentOf[K]): string {
  return `${name}-${contentHash({ kind, content }).slice(0, 10)}`;
}
