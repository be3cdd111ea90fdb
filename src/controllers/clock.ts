/** Time as the controllers see it; handed in, so that tests can turn it. */
export interface Clock {
  /** The wall clock, which may jump: for what people read. */
  now(): Date;
  /** A clock that cannot jump, in ms: for how long something took. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonic: () => performance.now() };
