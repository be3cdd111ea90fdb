import { type Asking, asksBoth } from '../check/asking/asking.ts';
import { createLog } from './log.ts';
import { progressLine, terminalProgress } from './progress.ts';

/** What asking may cost where nothing is said, in USD. */
const MAX_USD = 1;

/** Asks both sides; progress is shown on a terminal, and Ctrl-C ends it with what is known by then. */
export function openAsking(wanted: {
  measure: boolean;
  evaluate: boolean;
  maxUsd?: number | undefined;
}): Asking {
  const show = terminalProgress();
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  const { maxUsd = MAX_USD, ...what } = wanted;
  const asker = asksBoth({
    ...what,
    ...(Number.isFinite(maxUsd) && { maxUSD: maxUsd }),
    log: createLog('warn'),
    signal: controller.signal,
    ...(show && { onProgress: (about, at) => show(`${about}: ${progressLine(at)}`) }),
  });
  return {
    asking: asker.asking,
    async close() {
      show?.('');
      process.removeListener('SIGINT', stop);
      await asker.close();
    },
  };
}
