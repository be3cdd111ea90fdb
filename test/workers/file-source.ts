import { readFileSync, renameSync, unwatchFile, watchFile, writeFileSync } from 'node:fs';
import type { Kind, Resource, Revision } from '../../src/api/resource.ts';
import { KIND_NAMES } from '../../src/api/resource.ts';
import type { MemoryStore } from '../../src/store/memory.ts';
import { isOwnedBy, type Source } from '../../src/store/store.ts';

interface Snapshot {
  resources: Resource[];
  revisions: Revision[];
  secrets: [string, string][];
}

/** How often workers look for a new snapshot, in ms. */
const LOOK_MS = 20;

/** Keeps what a store holds, statuses included, in a file, whole at each time: as an API server has it for several processes. */
export function keepSnapshots(store: MemoryStore, file: string): void {
  let scheduled = false;
  const write = () => {
    scheduled = false;
    const snapshot: Snapshot = {
      resources: KIND_NAMES.flatMap((kind): Resource[] => [...store.list(kind)]),
      revisions: [...store.revisions()],
      secrets: [...store.secrets],
    };
    writeFileSync(`${file}.new`, JSON.stringify(snapshot));
    renameSync(`${file}.new`, file);
  };
  write();
  store.subscribe(() => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(write);
  });
}

/** What a gateway reads, from the snapshots in a file. */
export function snapshotSource(file: string): Source & { stop(): void } {
  const read = () => JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
  const listeners = new Set<Parameters<Source['subscribe']>[0]>();
  let held = read();
  watchFile(file, { interval: LOOK_MS }, () => {
    held = read();
    for (const { kind, metadata } of held.resources)
      for (const listener of listeners)
        listener({ kind, namespace: metadata.namespace, name: metadata.name });
  });
  const list = <K extends Kind>(kind: K) =>
    held.resources.filter((each) => each.kind === kind) as Resource<K>[];
  return {
    synced: async () => {},
    list,
    get: (kind, namespace, name) =>
      list(kind).find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    revisions: (owner) => held.revisions.filter((each) => isOwnedBy(each, owner)),
    revision: (namespace, name) =>
      held.revisions.find((each) => each.namespace === namespace && each.name === name),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    secret: async (...key) => new Map(held.secrets).get(key.join('/')),
    secretRemedy: () => 'put it into the store',
    configMap: async () => undefined,
    stop: () => unwatchFile(file),
  };
}
