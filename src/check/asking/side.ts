import type { Prompt } from '../../api/prompt-release.ts';
import { nameOf } from '../../api/resource.ts';
import { type ManifestSource, manifestSource, type Variables } from '../../evaluator/manifest-source.ts';
import { type AskedRelease, type AskQuestion, asker } from '../../gateway/ask.ts';
import type { Asked } from '../../gateway/asked.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import type { Log } from '../../lib/log.ts';
import { schemasOf } from '../cases.ts';
import { keyOf, type Side } from '../objects.ts';
import { calledBy, resolveRelease } from '../release.ts';

/** One of the two sides: `base` or `head`. */
export type SideName = 'base' | 'head';

/** What a release is asked. */
export interface SideQuestion {
  vars?: Readonly<Record<string, unknown>> | undefined;
  messages?: readonly { role: string; content: string }[] | undefined;
}

/** One side as it is asked: its own prompts, routes and providers. */
export interface AskableSide extends ManifestSource {
  /** Never throws. A question is fitted to the variables that this side declares. */
  ask(release: AskedRelease, question: SideQuestion, signal: AbortSignal | undefined): Promise<Asked>;
  /** The same question, asked once already; undefined where it was not. */
  remembered(release: AskedRelease, question: SideQuestion): Promise<Asked> | undefined;
  /** Stands for all that an answer of a release depends on. */
  identity(release: AskedRelease): Promise<string>;
  close(): Promise<void>;
}

export interface AskableSideOptions {
  label: SideName;
  env?: Variables | undefined;
  log?: Log;
}

export function askableSide(side: Side, { label, env, log }: AskableSideOptions): AskableSide {
  const written = manifestSource({
    objects: [...side.objects.values()].map(({ kind, namespace, name, spec, file }) => ({
      kind,
      namespace,
      name,
      spec: spec ?? {},
      ...(spec === undefined && { invalid: `${keyOf(kind, namespace, name)} in ${file} is broken` }),
    })),
    configMap(namespace, name, key) {
      const text = side.configMaps.get(nameOf({ namespace, name }))?.[key];
      return typeof text === 'string' ? text : undefined;
    },
    env,
    label: `the ${label}`,
  });
  const revisions = asker({ source: written.source, ...(log && { log }) });
  const first = new Map<string, Promise<Asked>>();

  function fitted(release: AskedRelease, { vars = {}, messages = [] }: SideQuestion): AskQuestion {
    if (release.kind === 'ModelRoute') return { messages };
    const { prompt } = resolveRelease(side, keyOf(release.kind, release.namespace, release.name)) ?? {};
    return { vars: prompt ? fittedVariables(prompt, vars) : vars, messages };
  }
  const idOf = (release: AskedRelease, question: AskQuestion) => canonicalJson([release, question]);

  return {
    ...written,
    async ask(release, question, signal) {
      const made = await written.made(release);
      if ('problem' in made) return { error: made.problem };
      const asked = fitted(release, question);
      const answer = revisions.ask(release, made.revision, asked, signal);
      const id = idOf(release, asked);
      if (!first.has(id)) first.set(id, answer);
      return answer;
    },
    remembered: (release, question) => first.get(idOf(release, fitted(release, question))),
    async identity(release) {
      const { kind, namespace, name } = release;
      const route =
        kind === 'ModelRoute' ? name : resolveRelease(side, keyOf(kind, namespace, name))?.spec.routeRef.name;
      const called = route === undefined ? undefined : calledBy(side, namespace, route);
      const { dialect, baseURL } = called?.provider ?? {};
      return canonicalJson([
        await written.made(release),
        called?.backend ?? null,
        dialect ?? null,
        baseURL ?? null,
      ]);
    },
    close: revisions.close,
  };
}

/**
 * Variables as a caller of this prompt would give them: with its defaults, and, where it takes no others, without what
 * only the other side declares.
 */
function fittedVariables(prompt: Prompt, vars: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const schemas = schemasOf(prompt.variables);
  const closed = prompt.variables?.additionalProperties === false;
  const given = Object.entries(vars).filter(([name]) => !closed || Object.hasOwn(schemas, name));
  const defaults = Object.entries(schemas).flatMap(([name, schema]) =>
    'default' in schema ? [[name, schema.default] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...Object.fromEntries(given) };
}
