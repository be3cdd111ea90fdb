/** What a call says of the backend that it was sent to. */
export type Heard = 'worked' | 'failed';

/** Whether a backend is asked in its turn: by all calls, by none, or by one that finds out whether it works again. */
export interface Breaker {
  /** `due`: open for long enough, and no trial is under way. */
  standing(): 'closed' | 'open' | 'due';
  /** Has the call that begins now be the trial; to be called where it is due. */
  begin(): void;
  /**
   * What came of a call that was no trial. It counts where the breaker is closed: what was begun before it opened says
   * nothing of now. `holdMs` is how long the backend asked to be left alone.
   */
  heard(heard: Heard, holdMs?: number): void;
  /** What came of the trial; undefined where it says nothing, as when the caller has gone. */
  tried(heard: Heard | undefined, holdMs?: number): void;
}

/** So many failures with nothing between them open it. */
export const IN_A_ROW = 5;
/** So many calls within the window have to be there before a share of them opens it. */
export const LEAST_CALLS = 20;
/** The share of them that opens it. */
export const SHARE = 0.5;
/** Failures are counted over this and the window before it, in ms. */
export const WINDOW_MS = 10_000;
/** How long it is open at first, in ms; each failed trial doubles that. */
export const OPEN_MS = 5_000;
/** How long it is open at most, in ms, whatever the backend asks for. */
export const MOST_OPEN_MS = 60_000;

/**
 * @param now milliseconds of a clock that never jumps
 * @param onChange called with true each time that it opens, a failed trial included, and with false when it closes
 */
export function breaker(now: () => number, onChange: (open: boolean) => void = () => {}): Breaker {
  let inARow = 0;
  let window = { since: now(), calls: 0, failed: 0 };
  let before = { calls: 0, failed: 0 };
  let until: number | undefined;
  let openMs = OPEN_MS;
  let trial = false;

  const roll = (): void => {
    const windows = Math.floor((now() - window.since) / WINDOW_MS);
    if (windows < 1) return;
    before = windows === 1 ? window : { calls: 0, failed: 0 };
    window = { since: window.since + windows * WINDOW_MS, calls: 0, failed: 0 };
  };
  const open = (holdMs: number): void => {
    until = now() + Math.min(MOST_OPEN_MS, Math.max(openMs, holdMs));
    onChange(true);
  };
  const close = (): void => {
    until = undefined;
    openMs = OPEN_MS;
    inARow = 0;
    window = { since: now(), calls: 0, failed: 0 };
    before = { calls: 0, failed: 0 };
    onChange(false);
  };
  const isBroken = (): boolean => {
    if (inARow >= IN_A_ROW) return true;
    const calls = window.calls + before.calls;
    return calls >= LEAST_CALLS && window.failed + before.failed >= SHARE * calls;
  };

  return {
    standing() {
      if (until === undefined) return 'closed';
      return trial || now() < until ? 'open' : 'due';
    },
    begin() {
      trial = true;
    },
    heard(heard, holdMs = 0) {
      if (until !== undefined) return;
      roll();
      window.calls++;
      if (heard === 'worked') {
        inARow = 0;
        return;
      }
      window.failed++;
      inARow++;
      if (isBroken()) open(holdMs);
    },
    tried(heard, holdMs = 0) {
      trial = false;
      if (heard === undefined) return;
      if (heard === 'worked') return close();
      openMs = Math.min(MOST_OPEN_MS, openMs * 2);
      open(holdMs);
    },
  };
}
