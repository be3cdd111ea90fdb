import { Registry } from 'prom-client';
import { seededRandom } from '../../lib/random.ts';
import type { Attempt } from '../attempt.ts';
import { ANYBODY } from '../callers/caller.ts';
import { chat } from '../dialects/openai/chat.ts';
import type { Draw } from '../draw.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from '../table.ts';
import { type ResponseCacheOptions, responseCache } from './response-cache.ts';

const TTL = 600_000;
const backend = {
  name: 'b',
  provider: { namespace: 'n', name: 'p', dialect: 'OpenAI', origin: 'http://a', basePath: '' },
  model: 'm',
  totalMs: 1,
} as BackendTarget;
const armOf = (revision: string) => ({ revision, backends: [backend] });
const routeOf = (over: object = {}) =>
  ({
    ...{ kind: 'ModelRoute', namespace: 'n', name: 'r', uid: 'r', weight: 0, stable: armOf('r-1') },
    cacheMs: TTL,
    ...over,
  }) as unknown as RouteEntry;
const RESTING = routeOf();
const ROLLING = routeOf({ candidate: armOf('r-2'), weight: 5 });

const made = (outcome: 'success' | 'refusal'): Attempt => ({
  kind: 'answer',
  backend,
  answer: { outcome, toolCalls: 0, schemaChecked: false },
  status: 200,
  headers: {},
  body: Buffer.from('{}'),
});

function start(over: Partial<ResponseCacheOptions> = {}) {
  const clock = { ms: 0 };
  const cache = responseCache({
    registry: new Registry(),
    now: () => clock.ms,
    random: () => 0.99,
    ...over,
  });
  const open = (question: string, draw: Draw, cacheControl?: string) => {
    const [entry, body] = [draw.route.entry, { messages: question }];
    return cache.open({ entry, caller: ANYBODY, endpoint: chat, headers: {}, body, cacheControl }, draw);
  };
  /** Asks as a gateway does: what is stored, or else what `answer` says. */
  const ask = (question: string, draw: Draw, answer: () => 'success' | 'refusal' = () => 'success') => {
    const own = open(question, draw)!;
    const request = { endpoint: chat, body: { messages: question } };
    const place = own.at({ draw, backend, first: backend, request, read: {}, onDeadline: () => {} });
    const hit = place?.found !== undefined;
    const outcome = hit ? 'success' : answer();
    if (!hit) place?.keep(made(outcome));
    return { hit, isEvidence: own.isEvidence, outcome };
  };
  return { ask, open, clock };
}

const on = (entry: RouteEntry, side: 'stable' | 'candidate' = 'stable'): Draw => ({ route: { entry, side } });

test('a route without a cache costs nothing and knows nothing', () => {
  const { cacheMs: _, ...without } = RESTING;
  expect(start().open('x', on(without))).toBeUndefined();
});

test('where only one revision’s route has a cache, its answers take evidence from both alike', () => {
  const { cacheMs: _, ...without } = routeOf({ uid: 's' });
  const prompt = {
    ...{ kind: 'PromptRelease', namespace: 'n', name: 'p', uid: 'p', weight: 5 },
    stable: { revision: 'p-1', route: RESTING },
    candidate: { revision: 'p-2', route: without },
  } as unknown as PromptEntry;
  const { ask } = start();
  const stable: Draw = {
    prompt: { entry: prompt, side: 'stable' },
    route: { entry: RESTING, side: 'stable' },
  };
  const candidate: Draw = {
    prompt: { entry: prompt, side: 'candidate' },
    route: { entry: without, side: 'stable' },
  };
  const called = (draw: Draw) => ({
    ...draw,
    route: { ...draw.route, entry: { ...draw.route.entry, uid: 'p' } },
  });
  expect(ask('x', called(candidate))).toMatchObject({ hit: false, isEvidence: true });
  expect(ask('x', called(stable))).toMatchObject({ hit: false, isEvidence: true });
  expect(ask('x', called(candidate))).toMatchObject({ hit: false, isEvidence: false });
});

test('a call that was evidence when it began is not answered by what was stored since', () => {
  const { ask, open } = start();
  const draw = on(ROLLING);
  const early = open('x', draw)!;
  ask('x', draw);
  const request = { endpoint: chat, body: { messages: 'x' } };
  const place = early.at({ draw, backend, first: backend, request, read: {}, onDeadline: () => {} });
  expect([early.isEvidence, place?.found]).toEqual([true, undefined]);
  expect(ask('x', draw)).toMatchObject({ hit: true, isEvidence: false });
});

test('one call in ten is asked anew while a rollout is under way, and only then', () => {
  const random = seededRandom(7);
  const { ask, open } = start({ random });
  ask('x', on(RESTING));
  ask('x', on(ROLLING));
  const hits = (draw: Draw) =>
    Array.from({ length: 1_000 }, () => ask('x', draw)).filter(({ hit }) => hit).length;
  expect(hits(on(RESTING))).toBe(1_000);
  const request = { endpoint: chat, body: { messages: 'x' } };
  const place = { draw: on(ROLLING), backend, first: backend, request, read: {}, onDeadline: () => {} };
  for (let n = 0; n < 100; n++)
    expect(open('x', on(ROLLING), 'only-if-cached')!.at(place)?.found).toBeDefined();
  const rolling = hits(on(ROLLING));
  expect(rolling).toBeGreaterThan(870);
  expect(rolling).toBeLessThan(930);
});

/**
 * Half of the calls ask one of 200 common questions, which are never refused; the others ask something of their own, of
 * which three in ten are. Stable has answered for a while when the candidate, which is the same, begins with a twentieth.
 */
function rollOut(of: 'misses' | 'evidence') {
  const random = seededRandom(20_261_130);
  const { ask, clock } = start(of === 'evidence' ? { random } : {});
  const counts = { stable: { of: 0, refused: 0 }, candidate: { of: 0, refused: 0 } };
  const [warm, calls] = [6_000, 60_000];
  for (let n = 0; n < warm + calls; n++) {
    clock.ms += 100;
    const rolling = n >= warm;
    const side = rolling && random() < 0.05 ? 'candidate' : 'stable';
    const common = random() < 0.5;
    const question = common ? `common ${Math.floor(random() * 200)}` : `own ${n}`;
    const answer = () => (!common && random() < 0.3 ? 'refusal' : 'success');
    const { hit, isEvidence, outcome } = ask(question, on(rolling ? ROLLING : RESTING, side), answer);
    if (!rolling || (of === 'evidence' ? !isEvidence : hit)) continue;
    counts[side].of++;
    if (outcome === 'refusal') counts[side].refused++;
  }
  const { stable, candidate } = counts;
  const [ofStable, ofCandidate] = [stable.refused / stable.of, candidate.refused / candidate.of];
  const both = (stable.refused + candidate.refused) / (stable.of + candidate.of);
  const error = Math.sqrt(both * (1 - both) * (1 / stable.of + 1 / candidate.of));
  return {
    ratio: ofCandidate / ofStable,
    apart: (ofCandidate - ofStable) / error,
    share: candidate.of / calls,
  };
}

describe('of two revisions that are the same, one with a warm cache', () => {
  test('the colder one looks a third better, were all calls compared that were asked', () => {
    const { ratio, apart } = rollOut('misses');
    expect(ratio).toBeLessThan(0.7);
    expect(apart).toBeLessThan(-6);
  });

  test('neither does by what is evidence, and that is more than half of the candidate’s calls', () => {
    const { apart, share } = rollOut('evidence');
    expect(Math.abs(apart)).toBeLessThan(3);
    expect(share).toBeGreaterThan(0.025);
  });
});
