/** Lets `perSecond` things through on average and `burst` at once. */
export interface TokenBucket {
  /** Takes a token, on credit where none is left; returns the ms to wait until it is earned. */
  reserve(): number;
}

/** @param now milliseconds of a clock that never jumps */
export function tokenBucket(perSecond: number, burst: number, now: () => number): TokenBucket {
  let tokens = burst;
  let seen = now();
  return {
    reserve() {
      const moment = now();
      tokens = Math.min(burst, tokens + ((moment - seen) * perSecond) / 1000) - 1;
      seen = moment;
      return tokens >= 0 ? 0 : (-tokens * 1000) / perSecond;
    },
  };
}
