import type { Progress } from '../evaluator/run-suite.ts';

/** Shows one line in the place of the last; undefined where nobody looks on. */
export function terminalProgress(): ((line: string) => void) | undefined {
  if (!process.stderr.isTTY) return undefined;
  return (line) => void process.stderr.write(`\r\u001b[K${line}`);
}

/** How far questions are. */
export function progressLine({ done, of, failed, errors, costUSD }: Progress): string {
  const cost = costUSD === undefined || costUSD === 0 ? '' : ` · $${costUSD.toFixed(4)}`;
  return `${done} of ${of} · ${failed} failed · ${errors} errors${cost}`;
}
