import { type Draw, partsOf } from '../draw.ts';
import type { PromptEntry, RouteEntry } from '../table.ts';
import type { Breakers } from './breakers.ts';

type Entry = PromptEntry | RouteEntry;

/**
 * The releases of a call whose revisions cannot be held against each other by it: one of them asks its first backend, and the
 * other passes that of its own over. What came of such a call is the provider's trouble as much as the revision's, and
 * charging either would blame the candidate for an outage, or hide its failures behind a fallback.
 */
export function unjudgedOf(breakers: Breakers, draw: Draw): readonly Entry[] {
  if (breakers.allClosed()) return [];
  return partsOf(draw)
    .map(({ entry }) => entry)
    .filter((entry) => !breakers.areAlike(routesOf(entry)));
}

/** The routes whose revisions a release is compared on. Both of a prompt's revisions draw from the route that they share. */
function routesOf(entry: Entry): RouteEntry[] {
  if (entry.kind === 'ModelRoute') return [entry];
  const { stable, candidate } = entry;
  return candidate === undefined || candidate.route.uid === stable.route.uid
    ? []
    : [stable.route, candidate.route];
}
