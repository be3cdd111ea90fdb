import { setTimeout as wait } from 'node:timers/promises';
import { nameOf, type ReleaseKind } from '../api/resource.ts';
import { backoffMs } from '../lib/backoff.ts';
import { type Log, silentLog } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { armCompiler } from './arms.ts';
import { type Asked, type MayPass, readAsked } from './asked.ts';
import { cancelling } from './deadline.ts';
import type { Draw } from './draw.ts';
import { failureLog } from './failure-log.ts';
import { providerKeys } from './keys.ts';
import type { PromptEntry, RouteArm, RouteEntry } from './table.ts';
import { type TryOptions, tryBackends } from './tries.ts';
import { upstream as upstreamPools } from './upstream.ts';

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

export interface AskerOptions {
  source: Source;
  log?: Log;
  /** How often what may pass by itself is tried again: 429, 5xx, an address that does not answer. Default 3. */
  retries?: number;
  /** Resolves after `ms`, in tests at once; rejects when `signal` aborts. */
  pause?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
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

const BACKOFF = { baseMs: 1_000, maxMs: 20_000 };
/** Routes whose providers' keys are kept at hand. */
const MOST_ROUTES = 256;

/** Asks single revisions over the gateway's own way to providers, with connections and keys of its own. */
export function asker({ source, log = silentLog, retries = 3, pause = pauseFor }: AskerOptions): Asker {
  const arms = armCompiler(source);
  const keys = providerKeys(source, log);
  const upstream = upstreamPools(keys);
  const deps: TryOptions = {
    log,
    keys,
    upstream,
    withoutUsage: new Set<string>(),
    unreachable: failureLog(log),
  };
  const routes = new Map<string, RouteEntry>();

  /** Undefined where the revision, or what it needs, is not there. */
  function drawOf({ kind, namespace, name }: AskedRelease, revision: string): Draw | { error: string } {
    if (kind === 'ModelRoute') {
      const arm = arms.route(namespace, revision);
      return arm === undefined
        ? missing('ModelRoute', namespace, name, revision)
        : { route: { entry: routeEntry(namespace, name, arm), side: 'stable' } };
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
    const under = routeEntry(namespace, prompt.routeName, arm);
    const entry: PromptEntry = {
      ...entryOf(namespace, name),
      kind: 'PromptRelease',
      stable: { ...prompt, route: under },
    };
    return { prompt: { entry, side: 'stable' }, route: { entry: under, side: 'stable' } };
  }

  async function keysOf({ entry }: Draw['route']): Promise<void> {
    const id = `${nameOf(entry)}@${entry.stable.revision}`;
    routes.delete(id);
    routes.set(id, entry);
    for (const oldest of routes.keys()) {
      if (routes.size <= MOST_ROUTES) break;
      routes.delete(oldest);
    }
    await keys.follow({ find: () => undefined, models: () => [], entries: routes });
  }

  return {
    async ask(release, revision, question, signal) {
      try {
        const draw = drawOf(release, revision);
        if ('error' in draw) return draw;
        await keysOf(draw.route);
        const [backend] = draw.route.entry.stable.backends;
        const { provider } = backend!;
        if (provider.secret !== undefined && keys.keyFor(provider) === undefined) {
          const { name, key } = provider.secret;
          const remedy = source.secretRemedy(provider.namespace, name, key);
          return { error: `the key of provider ${provider.name} is missing; ${remedy}` };
        }
        const { vars, messages = [] } = question;
        const body = { messages, ...(release.kind === 'PromptRelease' && { variables: vars ?? {} }) };
        for (let tries = 0; ; tries++) {
          signal?.throwIfAborted();
          const came = await once(deps, draw, body, signal);
          signal?.throwIfAborted();
          if (!('again' in came)) return came;
          if (tries >= retries) return { error: came.error };
          await pause(Math.max(came.again, backoffMs(tries, BACKOFF)), signal);
        }
      } catch (error) {
        if (signal?.aborted) return { error: 'it was called off' };
        log.error(
          { release: nameOf(release), revision, error: String(error) },
          'a revision could not be asked',
        );
        return { error: 'it could not be asked: see the log' };
      }
    },
    async close() {
      keys.stop();
      await upstream.close();
    },
  };
}

/** One try of a question. */
async function once(
  deps: TryOptions,
  draw: Draw,
  body: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Asked | MayPass> {
  const { follow, cancel } = cancelling();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const begun = performance.now();
    return await readAsked(await tryBackends(deps, draw, body, follow), begun);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

const pauseFor = (ms: number, signal: AbortSignal | undefined): Promise<unknown> =>
  wait(ms, undefined, signal && { signal });

function missing(kind: ReleaseKind, namespace: string, name: string, revision: string): { error: string } {
  const what = kind === 'ModelRoute' ? ', or a provider of its backends is missing' : '';
  return { error: `${kind} ${namespace}/${name} keeps no revision ${revision}${what}` };
}

/** What a release is to calls where only one revision of it is asked. */
function entryOf(namespace: string, name: string) {
  return { namespace, name, uid: '', attempt: 0, epoch: 0, weight: 0, rescue: false };
}

function routeEntry(namespace: string, name: string, { revision, backends }: RouteArm): RouteEntry {
  const stable = { revision, backends: backends.slice(0, 1) };
  return { ...entryOf(namespace, name), kind: 'ModelRoute', stable };
}
