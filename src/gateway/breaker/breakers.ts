import type { Attempt } from '../attempt.ts';
import type { BackendTarget, RouteEntry, Table } from '../table.ts';
import { type Breaker, breaker, type Heard } from './breaker.ts';

/** How one attempt is told of. */
export interface Told {
  /** Whether it was the trial of an open breaker. */
  trial: boolean;
  /** Whether a candidate took part. What fails on its calls alone may be its own doing, and opens no breaker. */
  candidate: boolean;
  /** Whether a budget limited the time that it had: then a time-out says nothing of the backend. */
  hurried: boolean;
}

/** What the breakers of one provider's model come to. */
export interface BreakerState {
  namespace: string;
  provider: string;
  model: string;
  open: boolean;
}

/** The breakers of all backends: which of them are asked in their turn. */
export interface Breakers {
  /**
   * The backends in the order in which a call asks them, as of when it comes to each: those whose breaker is open come
   * after the others, as the last resort.
   */
  turns(backends: readonly BackendTarget[]): Iterable<BackendTarget>;
  /** Whether all are asked in their turn. */
  allClosed(): boolean;
  /** Whether a backend is asked in its turn. */
  isClosed(backend: BackendTarget): boolean;
  /** Whether the call that asks this backend now is the trial of its breaker: then `told` has to follow. */
  begins(backend: BackendTarget): boolean;
  /** What an attempt at a backend came to; undefined where nothing is known of it. */
  told(backend: BackendTarget, made: Attempt | undefined, told: Told): void;
  /** Whether all revisions of these routes would now pass over the same backends before they ask one. */
  areAlike(routes: readonly RouteEntry[]): boolean;
  /** Forgets the backends that are in no route any more. */
  follow(table: Table): void;
  states(): BreakerState[];
}

/** How long a backend has to ask to be left alone for a 429 to count as a failure, in ms. */
export const LONG_RETRY_AFTER_MS = 5_000;

interface Kept {
  breaker: Breaker;
  of: BackendTarget;
}

/**
 * A breaker for each model of each provider, and for each pair of time-outs with which it is called: what is too slow for one
 * route is not for another.
 * @param onOpen called each time that one opens, a failed trial included
 * @param now milliseconds of a clock that never jumps
 */
export function breakers(
  onOpen: (backend: BackendTarget) => void = () => {},
  now: () => number = () => performance.now(),
): Breakers {
  const kept = new Map<string, Kept>();
  const openOnes = new Set<string>();
  /** The backends of a table stay the same objects: no key is made for each call. */
  const known = new WeakMap<BackendTarget, Breaker>();

  const breakerOf = (backend: BackendTarget): Breaker => {
    const before = known.get(backend);
    if (before !== undefined) return before;
    const id = idOf(backend);
    const onChange = (open: boolean): void => {
      if (!open) openOnes.delete(id);
      else {
        openOnes.add(id);
        onOpen(backend);
      }
    };
    const one = kept.get(id) ?? { breaker: breaker(now, onChange), of: backend };
    kept.set(id, one);
    known.set(backend, one.breaker);
    return one.breaker;
  };

  function* turns(backends: readonly BackendTarget[]): Generator<BackendTarget> {
    const later: BackendTarget[] = [];
    for (const backend of backends) {
      if (openOnes.size > 0 && breakerOf(backend).standing() === 'open') later.push(backend);
      else yield backend;
    }
    yield* later;
  }

  /** The backends that are not asked in their turn before the first that is, as one text. */
  const passedOver = (backends: readonly BackendTarget[]): string => {
    const first = backends.findIndex((each) => breakerOf(each).standing() === 'closed');
    return backends.slice(0, Math.max(0, first)).map(idOf).join('\n');
  };

  return {
    turns,

    allClosed: () => openOnes.size === 0,

    isClosed: (backend) => openOnes.size === 0 || breakerOf(backend).standing() === 'closed',

    begins(backend) {
      if (openOnes.size === 0) return false;
      const own = breakerOf(backend);
      if (own.standing() !== 'due') return false;
      own.begin();
      return true;
    },

    told(backend, made, { trial, candidate, hurried }) {
      const own = breakerOf(backend);
      const heard = made && heardOf(made, hurried);
      const holdMs = made?.kind === 'failure' ? made.retryAfterMs : undefined;
      if (trial) own.tried(heard, holdMs);
      else if (heard !== undefined && !candidate) own.heard(heard, holdMs);
    },

    areAlike(routes) {
      const arms = routes.flatMap(({ stable, candidate }) => [stable, ...(candidate ? [candidate] : [])]);
      const [first, ...rest] = arms.map((arm) => passedOver(arm.backends));
      return rest.every((each) => each === first);
    },

    follow(table) {
      const there = new Set<string>();
      for (const entry of table.entries.values()) {
        if (entry.kind !== 'ModelRoute') continue;
        for (const arm of [entry.stable, entry.candidate]) {
          for (const backend of arm?.backends ?? []) there.add(idOf(backend));
        }
      }
      for (const id of kept.keys()) {
        if (there.has(id)) continue;
        kept.delete(id);
        openOnes.delete(id);
      }
    },

    states() {
      const states = new Map<string, BreakerState>();
      for (const { breaker: own, of } of kept.values()) {
        const { namespace, name } = of.provider;
        const key = `${namespace}/${name} ${of.model}`;
        const open = own.standing() !== 'closed' || (states.get(key)?.open ?? false);
        states.set(key, { namespace, provider: name, model: of.model, open });
      }
      return [...states.values()];
    },
  };
}

/** What an attempt says of its backend: an error that the call itself brought about says that it works. */
function heardOf(made: Attempt, hurried: boolean): Heard | undefined {
  if (made.kind !== 'failure') return 'worked';
  const { outcome, unspoken, retryAfterMs = 0 } = made;
  if (unspoken || outcome === 'client_cancelled' || outcome === 'gateway_error') return undefined;
  if (made.error.code === 'provider_key_missing') return undefined;
  if (outcome === 'timeout') return hurried ? undefined : 'failed';
  if (outcome === 'upstream_5xx') return 'failed';
  return outcome === 'rate_limited' && retryAfterMs >= LONG_RETRY_AFTER_MS ? 'failed' : 'worked';
}

function idOf({ provider, model, firstTokenMs, totalMs }: BackendTarget): string {
  const { namespace, name, origin, basePath } = provider;
  return [namespace, name, origin, basePath, model, firstTokenMs, totalMs].join('\t');
}
