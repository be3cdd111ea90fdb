import type { Store } from '../store/store.ts';

/** What a loop that looks at a store waits for while it has nothing to do. */
export interface StoreChanges {
  /** Whether anything has changed since this was last asked; true the first time. */
  take(): boolean;
  /** Resolves once something has changed that was not taken, or at the end. */
  next(): Promise<void>;
}

/** Follows a store until `ending` aborts. */
export function storeChanges(store: Pick<Store, 'subscribe'>, ending: AbortSignal): StoreChanges {
  let some = true;
  let wake = () => {};
  const unsubscribe = store.subscribe(() => {
    some = true;
    wake();
  });
  const end = () => {
    unsubscribe();
    wake();
  };
  ending.addEventListener('abort', end, { once: true });

  return {
    take() {
      const had = some;
      some = false;
      return had;
    },
    next: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
        if (some || ending.aborted) resolve();
      }),
  };
}
