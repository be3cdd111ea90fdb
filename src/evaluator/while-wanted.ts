/** Options that have an evaluation broken off, by its next question, once nobody wants it any more, or at once where `signal` does. */
export function whileWanted(
  isWanted: () => boolean,
  signal?: AbortSignal,
): { signal: AbortSignal; onProgress: () => void } {
  const calledOff = new AbortController();
  return {
    signal: signal ? AbortSignal.any([signal, calledOff.signal]) : calledOff.signal,
    onProgress() {
      if (!isWanted()) calledOff.abort();
    },
  };
}
