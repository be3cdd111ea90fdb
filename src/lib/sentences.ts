const MOST_SENTENCES = 8;

/** Some sentences, and how many there are besides. */
export function sentences(all: readonly string[]): string {
  const more = all.length - MOST_SENTENCES;
  return [...all.slice(0, MOST_SENTENCES), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
