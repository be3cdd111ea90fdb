import { KINDS, type ReleaseKind, type Resource, type Revision } from '../api/resource.ts';

export type Release = Resource<ReleaseKind>;

/** A release as it is shown, and as it was sent. */
export interface Seen {
  release: Release;
  /** The object as the API server, or the state folder, has it. */
  raw: object;
}

/** Where releases live, as a person at a terminal sees them: read when asked for, nothing cached. */
export interface Place {
  /** The namespace that is meant where none is named. */
  readonly namespace: string;
  /** How one would write a command that comes here: `kubectl sluice retry -n support triage`. */
  command(verb: string, release: Release, ...rest: string[]): string;
  get(kind: ReleaseKind, namespace: string, name: string): Promise<Seen | undefined>;
  /** All releases and routes; omitted: of all namespaces. */
  list(namespace?: string): Promise<Seen[]>;
  revisions(release: Release): Promise<Revision[]>;
  /**
   * Sets annotations; an empty text removes one.
   * @throws Error where that may not be, with the remedy.
   */
  annotate(release: Release, annotations: Record<string, string>): Promise<void>;
  /**
   * Sets or lifts `spec.rollout.paused`, with who paused and why.
   * @throws Error where the spec is not this program's to write, with the remedy.
   */
  setPaused(
    release: Release,
    paused: boolean,
    asked?: { by?: string | undefined; reason?: string | undefined },
  ): Promise<void>;
  /** Why nobody may act on a verb here, and what to do; undefined where somebody should. */
  idle(): string | undefined;
  /** Who asks; undefined where that cannot be told. */
  who(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** What a command came to without doing it: said in one line, exit code 1. */
export class NothingDone extends Error {
  override name = 'NothingDone';
}

/** `prel/triage`, as kubectl takes it. */
export const shortName = ({ kind, metadata }: Release): string => `${KINDS[kind].shortName}/${metadata.name}`;

/** As a person types it for this program: a name alone means a PromptRelease. */
export const typedName = (release: Release): string =>
  release.kind === 'PromptRelease' ? release.metadata.name : shortName(release);
