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

/** Halvings of at most 1: to 10⁻¹², of which a million calls make an error of a millionth. */
const HALVINGS = 40;

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
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    const slope =
      calls.candidate * factor * pull(bet.candidate, limitOf(line, middle)) +
      calls.stable * pull(bet.stable, middle);
    if (slope > 0) low = middle;
    else high = middle;
  }
  const stable = (low + high) / 2;
  return { candidate: limitOf(line, stable), stable };
}

/** (p* − p)/(p(1 − p)), in the form that falls strictly in p without cancellation. */
function pull(target: number, at: number): number {
  return target / at - (1 - target) / (1 - at);
}
