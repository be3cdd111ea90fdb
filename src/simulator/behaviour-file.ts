import { readFile, stat } from 'node:fs/promises';
import { type Log, messageOf } from '../lib/log.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import { parseBehaviour } from './behaviour.ts';
import type { Rule } from './rule.ts';

/** A behaviour file as it was when it was opened, and from then on. */
export interface BehaviourFile {
  rules: Rule[];
  /**
   * Calls `use` with the rules after every change since the file was opened. A file that is wrong is logged once and
   * leaves the rules as they are. Returns how to stop.
   */
  watch(use: (rules: Rule[]) => void, log: Log, timers?: Timers): () => void;
}

/**
 * Reads a behaviour file.
 * @throws Error naming the file and what is wrong.
 */
export async function openBehaviour(path: string): Promise<BehaviourFile> {
  const opened = await signature(path);
  return { rules: await read(path), watch: (use, log, timers) => watch(path, opened, use, log, timers) };
}

async function read(path: string): Promise<Rule[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `cannot read ${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
    );
  });
  return parseBehaviour(text, path);
}

/** Between looks at the file, in ms. */
export const LOOK_MS = 100;

/**
 * Looks rather than listens: that holds on network mounts, through links, and where an editor puts another file in the
 * place of the one that was.
 */
function watch(
  path: string,
  opened: string,
  use: (rules: Rule[]) => void,
  log: Log,
  timers: Timers = systemTimers,
): () => void {
  let cancel = () => {};
  let stopped = false;
  let used = opened;
  let seen = opened;

  const look = async () => {
    const before = seen;
    seen = await signature(path);
    // The second look at the same: who writes it may need more than one step.
    if (seen === used || seen !== before || stopped) return;
    used = seen;
    try {
      const rules = await read(path);
      if (stopped) return;
      use(rules);
      log.info({ file: path, rules: rules.length }, 'behaviour changed');
    } catch (error) {
      log.error({ file: path, error: messageOf(error) }, 'behaviour not changed: the last good one stays');
    }
  };

  const next = () => {
    if (!stopped) cancel = timers.after(LOOK_MS, () => void look().then(next));
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}

async function signature(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return messageOf(error);
  }
}
