import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from './say.ts';

/**
 * Runs `work` while holding the lock file at `path`, so that two runs on one machine do not build at once. Waits for
 * another holder as long as its process lives; a lock left behind by a dead one is taken over.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, tell = say): Promise<T> {
  let told = false;
  while (!(await acquire(path))) {
    const holder = await holderOf(path);
    if (holder !== undefined && !isAlive(holder)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told && holder !== undefined) {
      tell(`waiting for process ${holder}, which is installing the same binaries`);
      told = true;
    }
    await delay(500);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<boolean> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, String(process.pid));
  try {
    // A link appears with its content: nobody sees a lock that does not name its holder yet.
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

/** The holder's process, or undefined if it has just let go. */
async function holderOf(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  return pid > 0 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
