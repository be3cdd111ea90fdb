import { nameOf, type ReleaseKind } from '../api/resource.ts';
import { type Log, silentLog } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { armCompiler } from './arms.ts';
import { type Asked, readAsked } from './asked.ts';
import { chat } from './dialects/openai/chat.ts';
import type { Draw } from './draw.ts';
import { CallError } from './errors.ts';
import { listedPrices } from './listed-prices.ts';
import { privacyPolicy } from './privacy/policy.ts';
import { calledOff, type MayPass, type RetryOptions, retrying } from './retrying.ts';
import type { PromptEntry, RouteArm, RouteEntry } from './table.ts';
import { type TryOptions, tryBackends } from './tries.ts';
import { wayToProviders } from './way.ts';

/** A release of which one revision is asked. */
export interface AskedRelease {
  kind: ReleaseKind;
  namespace: string;
  name: string;
}

/** One question to a revision. */
export interface AskQuestion {
  /** The prompt's variables. */
  vars?: Readonly<Record<string, unknown>>;
  /** What goes where the caller's own messages go. */
  messages?: readonly { role: string; content: string }[];
}

export interface AskerOptions extends RetryOptions {
  source: Source;
  log?: Log;
}

export interface Asker {
  /**
   * Asks the revision named, be it stable, candidate or any other that is kept, on the first backend of its route: an
   * answer of a fallback would be no answer of this revision. A prompt is asked on its route's stable revision. Outside of
   * the split, and charged to nobody. Never throws; `signal` breaks it off, which is an error like any other.
   */
  ask(release: AskedRelease, revision: string, question: AskQuestion, signal?: AbortSignal): Promise<Asked>;
  close(): Promise<void>;
}

/** Asks single revisions over the gateway's own way to providers, with connections and keys of its own. */
export function asker({ source, log = silentLog, ...again }: AskerOptions): Asker {
  const prices = listedPrices(source, log);
  const arms = armCompiler(source, prices.current);
  const way = wayToProviders(source, log);

  /** Undefined where the revision, or what it needs, is not there. */
  function drawOf({ kind, namespace, name }: AskedRelease, revision: string): Draw | { error: string } {
    if (kind === 'ModelRoute') {
      const arm = arms.route(namespace, revision);
      return arm === undefined
        ? missing('ModelRoute', namespace, name, revision)
        : { route: { entry: routeEntry(namespace, name, arm, source, log), side: 'stable' } };
    }
    const prompt = arms.prompt(namespace, revision);
    if (prompt === undefined) return missing('PromptRelease', namespace, name, revision);
    const route = source.get('ModelRoute', namespace, prompt.routeName);
    const stable = route?.status.stableRevision;
    const arm = stable === undefined ? undefined : arms.route(namespace, stable);
    if (arm === undefined)
      return {
        error: `ModelRoute ${prompt.routeName}, which revision ${revision} asks, cannot serve: see its status`,
      };
    const under = routeEntry(namespace, prompt.routeName, arm, source, log);
    const entry: PromptEntry = {
      ...entryOf(namespace, name),
      kind: 'PromptRelease',
      stable: { ...prompt, route: under },
    };
    return { prompt: { entry, side: 'stable' }, route: { entry: under, side: 'stable' } };
  }

  return {
    async ask(release, revision, question, signal) {
      try {
        await prices.load();
        const draw = drawOf(release, revision);
        if ('error' in draw) return draw;
        const noKey = await way.missingKey(draw.route.entry.stable.backends[0]!.provider);
        if (noKey !== undefined) return { error: noKey };
        const { vars, messages = [] } = question;
        const body = { messages, ...(release.kind === 'PromptRelease' && { variables: vars ?? {} }) };
        return await retrying(() => once(way.options, draw, body, signal), { ...again, signal });
      } catch (error) {
        if (signal?.aborted) return { error: 'it was called off' };
        if (error instanceof CallError) return { error: error.message };
        log.error(
          { release: nameOf(release), revision, error: String(error) },
          'a revision could not be asked',
        );
        return { error: 'it could not be asked: see the log' };
      }
    },
    close: way.close,
  };
}

/** One try of a question. */
async function once(
  deps: TryOptions,
  draw: Draw,
  body: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Asked | MayPass> {
  const begun = performance.now();
  const tried = await calledOff(signal, (follow) =>
    tryBackends(deps, draw, { endpoint: chat, body }, follow),
  );
  return readAsked(tried, begun);
}

function missing(kind: ReleaseKind, namespace: string, name: string, revision: string): { error: string } {
  const what = kind === 'ModelRoute' ? ', or a provider of its backends is missing' : '';
  return { error: `${kind} ${namespace}/${name} keeps no revision ${revision}${what}` };
}

/** What a release is to calls where only one revision of it is asked. */
function entryOf(namespace: string, name: string) {
  return { namespace, name, uid: '', attempt: 0, epoch: 0, weight: 0, rescue: false };
}

function routeEntry(
  namespace: string,
  name: string,
  { revision, backends }: RouteArm,
  source: Source,
  log: Log,
): RouteEntry {
  const stable = { revision, backends: backends.slice(0, 1) };
  const resource = source.get('ModelRoute', namespace, name);
  const privacy = resource && privacyPolicy(resource, log);
  return { ...entryOf(namespace, name), kind: 'ModelRoute', stable, ...(privacy && { privacy }) };
}
