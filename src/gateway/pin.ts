/** What a conversation goes on with. */
export interface Pin {
  /** Of the prompt's revision, where a prompt was called, and of the route's: what a revision's name ends in. */
  prompt?: string;
  route: string;
  /** Which provider holds what was said before, see `tagOf`. */
  provider: string;
}

/** What tells revisions of one resource apart: the hash at the end of their names. */
export const endOf = (revision: string): string => /\w*$/.exec(revision)![0];
