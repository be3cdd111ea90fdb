import { limitOf, type Tolerance } from './tolerance.ts';

const { max, min } = Math;

/** A pair of rates, each strictly between 0 and 1. */
export interface Rates {
  candidate: number;
  stable: number;
}

/** How many calls each side of a block has. */
export interface Exposure {
  candidate: number;
  stable: number;
}

/** Of a rate: what a million calls make an error of a millionth of. */
const PRECISION = 1e-12;
/** As many halvings reach it by themselves. */
const MOST_STEPS = 40;

/**
 * The point on the line p_c = r·p_s + δ that is closest to `bet` in Kullback–Leibler divergence, weighted by exposure.
 * Betting `bet` against this point is an e-variable for the whole half plane beyond the line, on whichever side of it
 * `bet` is not (Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests"): with
 * a = (p* − p⁰)/(p⁰(1 − p⁰)) per side the expectation is (1 + a_c(p_c − p⁰_c))^n_c · (1 + a_s(p_s − p⁰_s))^n_s, by the
 * inequality of means at most (1 + n_c·a_c·(p_c − r·p_s − δ)/n)^n, because the equation solved here makes
 * n_c·r·a_c + n_s·a_s zero.
 *
 * Both sides must have calls.
 */
export function closestNull(bet: Rates, calls: Exposure, line: Tolerance): Rates {
  if (line.relative === 0 && line.absolute === 0) {
    const pooled =
      (calls.candidate * bet.candidate + calls.stable * bet.stable) / (calls.candidate + calls.stable);
    return { candidate: pooled, stable: pooled };
  }
  const factor = 1 + line.relative;
  // At stable = bet.stable one term of the slope is zero, where the line passes bet.candidate the other.
  const opposite = (bet.candidate - line.absolute) / factor;
  let low = max(0, min(bet.stable, opposite));
  let high = min((1 - line.absolute) / factor, max(bet.stable, opposite));
  let stable = (low + high) / 2;
  for (let step = 0; step < MOST_STEPS; step++) {
    const candidate = limitOf(line, stable);
    const slope =
      calls.candidate * factor * pull(bet.candidate, candidate) + calls.stable * pull(bet.stable, stable);
    const bend =
      calls.candidate * factor ** 2 * bendOf(bet.candidate, candidate) +
      calls.stable * bendOf(bet.stable, stable);
    if (slope > 0) low = stable;
    else high = stable;
    // Newton's step, or half of what is left where that would lead out of it.
    const newton = stable + slope / bend;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const moved = Math.abs(next - stable);
    stable = next;
    if (moved < PRECISION) break;
  }
  return { candidate: limitOf(line, stable), stable };
}

/** (p* − p)/(p(1 − p)), in the form that falls strictly in p without cancellation. */
function pull(target: number, at: number): number {
  return target / at - (1 - target) / (1 - at);
}

/** How fast `pull` falls. */
function bendOf(target: number, at: number): number {
  return target / at ** 2 + (1 - target) / (1 - at) ** 2;
}
