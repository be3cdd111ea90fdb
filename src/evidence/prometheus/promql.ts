const REVISION = '$revision';

/**
 * `query` with the revision's name for `$revision`, written so that it can end no string that it stands in.
 * @throws Error in words for a person where the query does not name it: both revisions would count the same.
 */
export function queryFor(query: string, revision: string): string {
  if (!query.includes(REVISION)) {
    throw new Error(`has no ${REVISION}, so it counts the same for both: select {revision="${REVISION}"}`);
  }
  const name = revision.replaceAll(/[^\w.-]/gu, escaped);
  return query.replaceAll(REVISION, () => name);
}

/** As Go writes a character in a string of either kind of quotes; PromQL's strings are Go's. */
function escaped(character: string): string {
  return `\\U${character.codePointAt(0)!.toString(16).padStart(8, '0')}`;
}
