import { type FSWatcher, watch } from 'node:fs';
import { type Log, messageOf } from '../../lib/log.ts';

export interface Pace {
  /** Time from the first sign of a change to the look, in ms: an editor writes in several steps. */
  debounceMs: number;
  /** Time between looks where there was no sign, in ms. */
  rescanMs: number;
}

/**
 * Calls `look` soon after anything under `folder` changed, and every `rescanMs` in any case: signs of a change get lost
 * on network mounts and while folders are made. A look may ask for the next one sooner, in ms. Returns how to stop, which waits for the last look.
 */
export function watchFolder(
  folder: string,
  ignore: (path: string) => boolean,
  pace: Pace,
  look: () => Promise<number | undefined>,
  log: Log,
): () => Promise<void> {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  /** Whether there was a sign since the last look began. */
  let signed = false;
  let stopped = false;

  function schedule(ms: number): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(run, ms);
  }

  function sign(): void {
    // The time is not put off by further signs: a file that is written for ever would never be seen.
    if (!signed && !looking) schedule(pace.debounceMs);
    signed = true;
  }

  function run(): void {
    signed = false;
    listen();
    looking = look()
      .catch((error: unknown) => {
        log.error({ error: messageOf(error) }, 'manifests could not be looked through');
        return undefined;
      })
      .then((sooner = pace.rescanMs) => {
        looking = undefined;
        schedule(signed ? pace.debounceMs : Math.min(sooner, pace.rescanMs));
      });
  }

  function listen(): void {
    if (watcher || stopped) return;
    try {
      watcher = watch(folder, { recursive: true }, (_event, path) => {
        if (path === null || !ignore(path)) sign();
      });
      watcher.on('error', () => drop());
    } catch {
      // The folder is missing, or watches have run out: looking every few seconds does without.
      watcher = undefined;
    }
  }

  function drop(): void {
    watcher?.close();
    watcher = undefined;
  }

  listen();
  schedule(pace.rescanMs);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    drop();
    await looking;
  };
}
