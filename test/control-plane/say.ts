/** Writes one line for the person who waits; to stderr, so that stdout stays free for results. */
export function say(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}

/** Says every ten seconds how long `work` has taken so far, with what `detail` adds, until it ends. */
export async function sayWhile<T>(what: string, work: Promise<T>, detail = (): string => ''): Promise<T> {
  const start = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - start) / 1000)} s`;
  const ticker = setInterval(() => say(`${what}: ${elapsed()}${detail()}`), 10_000);
  try {
    const result = await work;
    say(`${what}: done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
