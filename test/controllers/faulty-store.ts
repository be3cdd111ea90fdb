import { type Store, StoreError, type StoreErrorCode } from '../../src/store/store.ts';

/** What goes wrong with one write: it never arrives, or it does and the answer to it is lost. */
export interface Fault {
  /** Which write, counted from 0 over all that the controllers ask for. */
  at: number;
  when: 'before' | 'after';
  code: StoreErrorCode;
}

/** A store whose writes can be made to fail, one at a time. */
export interface FaultyStore {
  store: Store;
  /** Counts from 0 again, and has `fault` happen once. */
  arm(fault?: Fault): void;
  /** Writes asked for since it was armed, in order. */
  asked(): readonly string[];
  /** Whether the fault has happened. */
  struck(): boolean;
}

export function faultyStore(inner: Store): FaultyStore {
  let asked: string[] = [];
  let fault: Fault | undefined;
  let struck = false;

  async function door<T>(name: string, write: () => Promise<T>): Promise<T> {
    const hit = fault !== undefined && asked.length === fault.at ? fault : undefined;
    asked.push(name);
    if (hit === undefined) return write();
    struck = true;
    if (hit.when === 'after') await write();
    throw new StoreError(hit.code, `write ${hit.at} (${name}) failed ${hit.when} it was done`);
  }

  const store: Store = {
    ...inner,
    writeStatus: (resource, status) => door('status', () => inner.writeStatus(resource, status)),
    writeSpecFields: (resource, fields) => door('spec', () => inner.writeSpecFields(resource, fields)),
    annotate: (resource, annotations) => door('annotations', () => inner.annotate(resource, annotations)),
    clearAnnotations: (resource, names) => door('annotations', () => inner.clearAnnotations(resource, names)),
    keepRevision: (revision) => door('keep', () => inner.keepRevision(revision)),
    dropRevision: (revision) => door('drop', () => inner.dropRevision(revision)),
  };
  // A getter, so that a test can change its mind.
  Object.defineProperty(store, 'specsAreFiles', { get: () => inner.specsAreFiles });
  return {
    store,
    arm(next) {
      asked = [];
      fault = next;
      struck = false;
    },
    asked: () => asked,
    struck: () => struck,
  };
}
