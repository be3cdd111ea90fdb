import { endOf, type Pin } from './pin.ts';
import { drawsCandidate } from './split.ts';
import type { Entry, PromptArm, PromptEntry, RouteArm, RouteEntry } from './table.ts';

type Side = 'stable' | 'candidate';

/** One release's draw for one call. */
export interface Drawn<E> {
  entry: E;
  side: Side;
}

/** What a call is served with: a route's revision, and a prompt's where a prompt was called. */
export interface Draw {
  prompt?: Drawn<PromptEntry>;
  route: Drawn<RouteEntry>;
}

/** A release that took part in a call, and the revision that it was drawn to. */
export interface Part {
  entry: PromptEntry | RouteEntry;
  revision: string;
}

/** The releases that a call is charged to: what the caller named first, then the route under a prompt. */
export function partsOf(draw: Draw): Part[] {
  const route: Part = { entry: draw.route.entry, revision: routeArm(draw).revision };
  const { prompt } = draw;
  return prompt === undefined
    ? [route]
    : [{ entry: prompt.entry, revision: promptArm(draw)!.revision }, route];
}

/**
 * Draws the revisions of a call. A prompt's rollout and that of the route under it are independent draws. A call that goes
 * on with a conversation stays where that was.
 */
export function drawCall(called: PromptEntry | RouteEntry, key: string, pin?: Pin): Draw {
  if (called.kind === 'ModelRoute') return { route: kept(called, pin?.route) ?? drawn(called, key) };
  const prompt = kept(called, pin?.prompt) ?? drawn(called, key);
  const { route } = promptArm({ prompt })!;
  return { prompt, route: kept(route, pin?.route) ?? drawn(route, key) };
}

/** The revision that a conversation goes on with; undefined where it serves nobody any more. */
function kept<E extends PromptEntry | RouteEntry>(entry: E, end: string | undefined): Drawn<E> | undefined {
  if (end === undefined) return undefined;
  const { stable, candidate, shadow } = entry;
  if (endOf(stable.revision) === end) return { entry, side: 'stable' };
  if (shadow || candidate === undefined || endOf(candidate.revision) !== end) return undefined;
  return { entry, side: 'candidate' };
}

/** A copy of a call for the candidate of a release in shadow, and what it is drawn to. */
export interface Copy extends Part {
  draw: Draw;
}

/**
 * The copies of a call, one for each release in shadow that took part in it and whose share the key falls into: as a
 * candidate's share of a canary is drawn. A prompt's candidate is tried on its own route, a route's with the prompt drawn.
 */
export function copiesOf({ prompt, route }: Draw, key: string): Copy[] {
  const copies: Copy[] = [];
  if (prompt !== undefined && isCopied(prompt.entry, key)) {
    const own: Drawn<PromptEntry> = { entry: prompt.entry, side: 'candidate' };
    const arm = armOf(own.entry, own.side);
    const draw = { prompt: own, route: drawn(arm.route, key) };
    copies.push({ entry: own.entry, revision: arm.revision, draw });
  }
  if (isCopied(route.entry, key)) {
    const own: Drawn<RouteEntry> = { entry: route.entry, side: 'candidate' };
    const draw = { ...(prompt && { prompt }), route: own };
    copies.push({ entry: own.entry, revision: routeArm(draw).revision, draw });
  }
  return copies;
}

/** A call of which stable gets all. */
export function stableOf(called: PromptEntry | RouteEntry): Draw {
  if (called.kind === 'ModelRoute') return { route: { entry: called, side: 'stable' } };
  return {
    prompt: { entry: called, side: 'stable' },
    route: { entry: called.stable.route, side: 'stable' },
  };
}

/** The same call on stable of both. */
export function stableDraw({ prompt, route }: Draw): Draw {
  return stableOf((prompt ?? route).entry);
}

/** Whether a candidate took part, and its release has failures answered by stable. */
export function mayRescue({ prompt, route }: Draw): boolean {
  return [prompt, route].some((each) => each?.side === 'candidate' && each.entry.rescue);
}

/** Whether a candidate took part. */
export const isCandidate = ({ prompt, route }: Draw): boolean =>
  prompt?.side === 'candidate' || route.side === 'candidate';

export function promptArm({ prompt }: Pick<Draw, 'prompt'>): PromptArm | undefined {
  return prompt && armOf(prompt.entry, prompt.side);
}

export function routeArm({ route }: Draw): RouteArm {
  return armOf(route.entry, route.side);
}

function armOf<A extends { revision: string }>(entry: Entry<A>, side: Side): A {
  return side === 'candidate' && entry.candidate !== undefined ? entry.candidate : entry.stable;
}

function drawn<E extends PromptEntry | RouteEntry>(entry: E, key: string): Drawn<E> {
  return { entry, side: !entry.shadow && isDrawn(entry, key) ? 'candidate' : 'stable' };
}

function isCopied(entry: PromptEntry | RouteEntry, key: string): boolean {
  return entry.shadow === true && isDrawn(entry, key);
}

/** Whether a key falls into the candidate's share. */
function isDrawn({ uid, candidate, weight }: PromptEntry | RouteEntry, key: string): boolean {
  return candidate !== undefined && drawsCandidate(uid, candidate.revision, weight, key);
}
