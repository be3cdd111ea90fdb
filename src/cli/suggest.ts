import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { KINDS } from '../api/resource.ts';
import type { Place, Seen } from '../plugin/place.ts';
import { type Expected, expectedAt } from './complete.ts';
import { atPlace, findAt } from './place.ts';

/** A shell that waits longer seems to hang. */
const PATIENCE_MS = 3_000;

/**
 * What a shell offers for a command line, as cobra's `__complete` prints it, which kubectl reads: `word<TAB>meaning` a
 * line, then `:` and a number for what else to offer. What cannot be looked up is left out: a completion has no place to
 * say why.
 */
export async function suggestions(root: Command, words: readonly string[]): Promise<string[]> {
  const expected = expectedAt(root, words);
  const found = await lookedUp(root.name(), expected).catch(() => []);
  const offered = [...expected.words, ...found.map((text) => ({ text, meaning: '' }))];
  const lines = offered
    .filter(({ text }) => text.startsWith(expected.typed))
    .map(({ text, meaning }) => `${expected.prefix}${text}${meaning === '' ? '' : `\t${meaning}`}`);
  return [...lines, `:${expected.directive}`];
}

async function lookedUp(program: string, { lookUp, place: options, typed }: Expected): Promise<string[]> {
  if (lookUp === undefined) return [];
  return atPlace(program, options, (place) => {
    const names = namesAt(place, lookUp, options.allNamespaces === true, typed);
    return Promise.race([names, delay(PATIENCE_MS, [], { ref: false })]);
  });
}

function namesAt(
  place: Place,
  lookUp: NonNullable<Expected['lookUp']>,
  everywhere: boolean,
  typed: string,
): Promise<string[]> {
  if (lookUp.what === 'releases') return releasesAt(place, everywhere, typed);
  return lookUp.what === 'revisions' ? revisionsAt(place, lookUp.of) : namespacesAt(place);
}

/** Those that have a release: the others are of no use here, and not everybody may list them. */
async function namespacesAt(place: Place): Promise<string[]> {
  const seen = await place.list();
  return [...new Set(seen.map(({ release }) => release.metadata.namespace))].sort();
}

async function releasesAt(place: Place, everywhere: boolean, typed: string): Promise<string[]> {
  const seen = await place.list(everywhere ? undefined : place.namespace);
  const nameOf = ({ release: { metadata } }: Seen): string => metadata.name;
  const prompts = new Set(seen.filter(({ release }) => release.kind === 'PromptRelease').map(nameOf));
  return seen.map((each) => {
    const { kind } = each.release;
    // A name alone would mean the PromptRelease of that name.
    const bare = !typed.includes('/') && (kind === 'PromptRelease' || !prompts.has(nameOf(each)));
    return bare ? nameOf(each) : `${KINDS[kind].shortName}/${nameOf(each)}`;
  });
}

async function revisionsAt(place: Place, name: string): Promise<string[]> {
  const { release } = await findAt(place, name);
  return (await place.revisions(release)).map((revision) => revision.name);
}
