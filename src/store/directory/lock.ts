import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

/** Who holds a state folder. */
interface Holder {
  pid: number;
  host: string;
  /** When the process began, in the kernel's own count: tells a pid that was given out anew. */
  began: string;
}

/** Folders held by this very process, which its pid alone cannot tell. */
const held = new Set<string>();

/**
 * Takes a state folder for this process; returns how to give it back. The lock of a process that is dead is taken over.
 * @throws Error naming the process that holds the folder and what to do.
 */
export function lockFolder(folder: string): () => void {
  const path = join(resolve(folder), 'lock');
  mkdirSync(folder, { recursive: true });
  const mine: Holder = { pid: process.pid, host: hostname(), began: beganAt(process.pid) ?? '' };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(mine)}\n`);
  try {
    if (!place(draft, path)) {
      takeOver(path, mine, `${draft}.stale`, folder);
      if (!place(draft, path)) throw inUse(folder, path, readHolder(path));
    }
  } finally {
    rmSync(draft, { force: true });
  }
  held.add(path);
  return () => {
    if (held.delete(path)) rmSync(path, { force: true });
  };
}

/** Whether a process has the folder and lives, as far as can be told from this machine. */
export function isLocked(folder: string): boolean {
  const path = join(resolve(folder), 'lock');
  const holder = readHolder(path);
  return holder !== undefined && lives(holder, { pid: process.pid, host: hostname(), began: '' }, path);
}

/** Makes the lock in one step, its content included; false where there is one. */
function place(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a dead process. Moved aside first: of two that try, only one gets hold of the file. */
function takeOver(path: string, mine: Holder, aside: string, folder: string): void {
  const seen = readHolder(path);
  if (seen && lives(seen, mine, path)) throw inUse(folder, path, seen);
  renameSync(path, aside);
  const taken = readHolder(aside);
  if (taken && lives(taken, mine, path)) {
    renameSync(aside, path);
    throw inUse(folder, path, taken);
  }
  rmSync(aside);
}

function lives(holder: Holder, mine: Holder, path: string): boolean {
  // A process on another machine cannot be asked; two writers would be worse than a question to the user.
  if (holder.host !== mine.host) return true;
  if (holder.pid === mine.pid) return held.has(path);
  const began = beganAt(holder.pid);
  return began !== undefined && (began === '' || holder.began === '' || began === holder.began);
}

/** The start of a living process as `/proc` counts it; empty where there is no `/proc`; undefined for a dead one. */
function beganAt(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name, which may hold spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function inUse(folder: string, path: string, holder: Holder | undefined): Error {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return new Error(
    `state folder ${folder} is in use by ${who}: stop it, or give another --state; if it is gone, remove ${path}`,
  );
}
